import { messageOf } from "../../schema/errors.ts";
import type { ProtocolModel } from "../evolution/model/protocol-model.ts";
import { checkModel } from "../evolution/model/stored-model.ts";
import { compareText, type Diagnostic } from "../load/diagnostic.ts";
import type {
  Lock,
  LockedCall,
  LockedEnum,
  LockedField,
  LockedMessage,
  LockedRelease,
  LockedValue,
} from "./lock.ts";
import { lockFileName, mostReleases } from "./lock.ts";

/** Version of the file's format. */
const version = 1;

/**
 * Cache of formatted messages and releases. An unchanged entry keeps its object from one lock to the next, and so its lines.
 */
export type KnownLines = WeakMap<LockedMessage | LockedRelease, string>;

/**
 * Formats a lock as the text of its file: sorted, with one entry a line, so that changes of two branches merge well. A release has
 * one line for each declaration of its model. Equal locks give equal texts.
 *
 * @param known cache of an earlier call. Default: none
 */
export function formatLock(lock: Lock, known: KnownLines = new WeakMap()): string {
  const recall = <T extends LockedMessage | LockedRelease>(
    entry: T,
    format: (entry: T) => string,
  ): string => {
    const lines = known.get(entry) ?? format(entry);
    known.set(entry, lines);
    return lines;
  };
  const releases = new Map(lock.releases.map((release) => [release.number, release]));
  const sections = [
    `  "version": ${version}`,
    section("calls", numbered(lock.calls, formatCall)),
    section("methods", numbered(lock.methods, formatCall)),
    section(
      "messages",
      named(lock.messages, (message) => recall(message, formatMessage)),
    ),
    section(
      "enums",
      named(lock.enums, (declared) => nested(declared.removed, numbered(declared.values, formatValue))),
    ),
    // A lock without releases has the text that it had before there were any.
    ...(releases.size === 0
      ? []
      : [
          section(
            "releases",
            numbered(releases, (release) => recall(release, formatRelease)),
          ),
        ]),
  ];
  return `{\n${sections.join(",\n")}\n}\n`;
}

function section(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? `  "${name}": {}` : `  "${name}": {\n${lines.join(",\n")}\n  }`;
}

/** Formats entries by number, one a line. */
function numbered<T>(entries: ReadonlyMap<number, T>, format: (entry: T) => string): string[] {
  return [...entries].sort(([a], [b]) => a - b).map(([number, entry]) => `    "${number}": ${format(entry)}`);
}

function named<T>(entries: ReadonlyMap<string, T>, format: (entry: T) => string): string[] {
  return [...entries]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, entry]) => `    ${JSON.stringify(name)}: ${format(entry)}`);
}

/** Formats an entry with entries of its own, on several lines. */
function nested(removed: boolean, lines: readonly string[]): string {
  const all = [...(removed ? ['    "removed": true'] : []), ...lines].map((line) => `  ${line}`);
  return all.length === 0 ? "{}" : `{\n${all.join(",\n")}\n    }`;
}

function inline(entries: readonly (readonly [string, unknown])[]): string {
  return `{ ${entries.map(([key, value]) => `"${key}": ${spaced(value)}`).join(", ")} }`;
}

function spaced(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]`
    : JSON.stringify(value);
}

function tablesLine(tables: readonly string[]): string[] {
  return tables.length === 0 ? [] : [`    "tables": ${spaced(tables)}`];
}

const removedEntry = (removed: boolean): [string, unknown][] => (removed ? [["removed", true]] : []);

function formatCall({ name, kind, removed }: LockedCall): string {
  return inline([["name", name], ["kind", kind], ...removedEntry(removed)]);
}

function formatMessage({ removed, tables, fields }: LockedMessage): string {
  return nested(removed, [...tablesLine(tables), ...numbered(fields, formatField)]);
}

function formatField({ name, type, was, oneofs, removed }: LockedField): string {
  const before: [string, unknown][] = was.length === 0 ? [] : [["was", was]];
  const within: [string, unknown][] = oneofs.length === 0 ? [] : [["oneofs", oneofs]];
  return inline([["name", name], ["type", type], ...before, ...within, ...removedEntry(removed)]);
}

function formatValue({ names, removed }: LockedValue): string {
  return inline([["names", names], ...removedEntry(removed)]);
}

/** Formats a release: first the day, then what clients understand, then the model with one declaration a line. */
function formatRelease({ date, clients, model }: LockedRelease): string {
  const { fingerprint, ...parts } = model;
  const lines = Object.entries({ fingerprint, date, clients }).map(
    ([key, value]) => `      "${key}": ${JSON.stringify(value)}`,
  );
  const inside = Object.entries(parts).map(([key, value]) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    if (list.length === 0) return `        "${key}": ${JSON.stringify(value)}`;
    const items = list.map((item) => `          ${JSON.stringify(item)}`);
    return `        "${key}": [\n${items.join(",\n")}\n        ]`;
  });
  return `{\n${lines.join(",\n")},\n      "model": {\n${inside.join(",\n")}\n      }\n    }`;
}

/** An error in the structure of a lock file. The message has the path of the entry. */
class LockProblem extends Error {
  override readonly name = "LockProblem";
}

/** Result of {@link parseLock}. */
export interface ParsedLock {
  /** Undefined when the text is not a valid lock file. */
  readonly lock: Lock | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Parses the text of a lock file. An error is returned as a PH090 diagnostic; never throws for a malformed text.
 *
 * @param file path of the file in the diagnostic. Default: the usual name
 */
export function parseLock(text: string, file: string = lockFileName): ParsedLock {
  try {
    const lock = readLock(JSON.parse(text));
    checkTwice(text, lock);
    return { lock, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof LockProblem || error instanceof SyntaxError)) throw error;
    const message =
      error instanceof LockProblem
        ? error.message
        : `invalid JSON in the lock file: ${error.message.split("\n")[0]}`;
    const help = "restore the file from version control; after a merge, keep the entries of both sides";
    const location = { file, line: 1, column: 1 };
    return {
      lock: undefined,
      diagnostics: [{ code: "PH090", severity: "error", location, message, help }],
    };
  }
}

function readLock(value: unknown): Lock {
  const lock = objectAt(value, "the lock file");
  if (lock.get("version") !== version) {
    throw new LockProblem(
      `the lock file has the version ${JSON.stringify(lock.get("version"))}; expected ${version}`,
    );
  }
  return {
    calls: readNumbered(lock.get("calls"), "calls", readCall),
    methods: readNumbered(lock.get("methods"), "methods", readCall),
    messages: readNamed(lock.get("messages"), "messages", readMessage),
    enums: readNamed(lock.get("enums"), "enums", readEnum),
    releases: readReleases(lock.get("releases")),
  };
}

function readCall(entry: ReadonlyMap<string, unknown>, where: string): LockedCall {
  const kind = textAt(entry, "kind", where);
  if (kind !== "command" && kind !== "push" && kind !== "method") {
    throw new LockProblem(`${where} has the kind ${JSON.stringify(kind)}; expected command, push or method`);
  }
  return { name: textAt(entry, "name", where), kind, removed: removedAt(entry, where) };
}

function readMessage(entry: ReadonlyMap<string, unknown>, where: string): LockedMessage {
  return {
    removed: removedAt(entry, where),
    tables: entry.has("tables") ? textsAt(entry, "tables", where) : [],
    fields: readNumbered(without(entry), where, readField),
  };
}

function readField(entry: ReadonlyMap<string, unknown>, where: string): LockedField {
  return {
    name: textAt(entry, "name", where),
    type: textAt(entry, "type", where),
    was: entry.has("was") ? textsAt(entry, "was", where) : [],
    oneofs: entry.has("oneofs") ? textsAt(entry, "oneofs", where) : [],
    removed: removedAt(entry, where),
  };
}

function readEnum(entry: ReadonlyMap<string, unknown>, where: string): LockedEnum {
  return { removed: removedAt(entry, where), values: readNumbered(without(entry), where, readValue) };
}

function readValue(entry: ReadonlyMap<string, unknown>, where: string): LockedValue {
  return { names: textsAt(entry, "names", where), removed: removedAt(entry, where) };
}

/** Reads the releases by ascending number; none in a lock from before there were any. */
function readReleases(value: unknown): LockedRelease[] {
  if (value === undefined) return [];
  const entries = [...readNumbered(value, "releases", (entry, where) => ({ entry, where }))];
  return entries
    .map(([number, { entry, where }]) => readRelease(number, entry, where))
    .sort((a, b) => a.number - b.number);
}

/**
 * Refuses a release that is in the text twice, as after a merge of two branches that gave one number: JSON would keep the second
 * one alone, and the numbers of the first would be free again.
 */
function checkTwice(text: string, { releases }: Lock): void {
  if (releases.length === 0) return;
  // Only releases have a number and nothing else before their brace at this indentation.
  const numbers = [...text.matchAll(/^ {4}"(\d+)": \{\r?$/gm)].map(([, number]) => number);
  const twice = numbers.find((number, at) => numbers.indexOf(number) < at);
  if (twice !== undefined)
    throw new LockProblem(
      `releases.${twice} is there twice; keep one of the two, and run photinus release for the other`,
    );
}

function readRelease(number: number, entry: ReadonlyMap<string, unknown>, where: string): LockedRelease {
  if (number < 1 || number > mostReleases)
    throw new LockProblem(`${where} has no valid number; expected 1 to ${mostReleases}`);
  const date = textAt(entry, "date", where);
  if (!/^\d{4}-\d\d-\d\d$/.test(date))
    throw new LockProblem(
      `${where} has the date ${JSON.stringify(date)}; expected a day such as "2026-11-27"`,
    );
  const clients = entry.get("clients");
  if (typeof clients !== "number" || !Number.isInteger(clients) || clients < 1 || clients > number)
    throw new LockProblem(`${where}.clients is not the number of a release from 1 to ${number}`);
  const fingerprint = textAt(entry, "fingerprint", where);
  return { number, date, clients, model: readModel(entry.get("model"), fingerprint, where) };
}

function readModel(value: unknown, fingerprint: string, where: string): ProtocolModel {
  try {
    checkModel(value);
  } catch (error) {
    throw new LockProblem(`${where}: ${messageOf(error)}`);
  }
  return { ...value, fingerprint };
}

type ReadEntry<T> = (entry: ReadonlyMap<string, unknown>, where: string) => T;

function readNamed<T>(value: unknown, where: string, read: ReadEntry<T>): Map<string, T> {
  const entries = [...objectAt(value, where)];
  return new Map(
    entries.map(([name, entry]) => [name, read(objectAt(entry, `${where}.${name}`), `${where}.${name}`)]),
  );
}

/**
 * Reads entries with numbers as keys.
 *
 * @param where path of the entries in the file, for errors
 */
function readNumbered<T>(value: unknown, where: string, read: ReadEntry<T>): Map<number, T> {
  const entries = value instanceof Map ? (value as ReadonlyMap<string, unknown>) : objectAt(value, where);
  return new Map(
    [...entries].map(([key, entry]) => {
      if (!/^-?\d{1,10}$/.test(key))
        throw new LockProblem(`${where} has the key ${JSON.stringify(key)}; expected a number`);
      return [Number(key), read(objectAt(entry, `${where}.${key}`), `${where}.${key}`)];
    }),
  );
}

/** Entries of fields or values, without the properties of the message or enum itself. */
function without(entry: ReadonlyMap<string, unknown>): Map<string, unknown> {
  return new Map([...entry].filter(([key]) => key !== "removed" && key !== "tables"));
}

function objectAt(value: unknown, where: string): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new LockProblem(`${where} is missing or not an object`);
  }
  return new Map(Object.entries(value));
}

function textAt(entry: ReadonlyMap<string, unknown>, key: string, where: string): string {
  const value = entry.get(key);
  if (typeof value !== "string" || value === "")
    throw new LockProblem(`${where} has no ${key}; expected a text`);
  return value;
}

function textsAt(entry: ReadonlyMap<string, unknown>, key: string, where: string): string[] {
  const value = entry.get(key);
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new LockProblem(`${where}.${key} is not a list of names`);
  }
  return value;
}

function removedAt(entry: ReadonlyMap<string, unknown>, where: string): boolean {
  const value = entry.get("removed") ?? false;
  if (typeof value !== "boolean") throw new LockProblem(`${where}.removed is not true or false`);
  return value;
}
