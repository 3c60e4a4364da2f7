import { compareText, type Diagnostic } from "../load/diagnostic.ts";
import type { Lock, LockedCall, LockedEnum, LockedField, LockedMessage, LockedValue } from "./lock.ts";
import { lockFileName } from "./lock.ts";

/** Version of the file's format. */
const version = 1;

/** Cache of formatted messages. An unchanged message keeps its object from one lock to the next, and so its lines. */
export type KnownLines = WeakMap<LockedMessage, string>;

/**
 * Formats a lock as the text of its file: sorted, with one entry a line, so that changes of two branches merge well. Equal locks
 * give equal texts.
 *
 * @param known cache of an earlier call. Default: none
 */
export function formatLock(lock: Lock, known: KnownLines = new WeakMap()): string {
  const sections = [
    `  "version": ${version}`,
    section("calls", numbered(lock.calls, formatCall)),
    section("methods", numbered(lock.methods, formatCall)),
    section(
      "messages",
      named(lock.messages, (message) => {
        const lines = known.get(message) ?? formatMessage(message);
        known.set(message, lines);
        return lines;
      }),
    ),
    section(
      "enums",
      named(lock.enums, (declared) => nested(declared.removed, numbered(declared.values, formatValue))),
    ),
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
    return { lock: readLock(JSON.parse(text)), diagnostics: [] };
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
