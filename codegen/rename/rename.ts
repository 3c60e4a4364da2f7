import type { Schema } from "../../schema/model.ts";
import { type Diagnostic, Report } from "../load/diagnostic.ts";
import { readSources, type SchemaCheck } from "../load/files.ts";
import { Symbols } from "../load/link/symbols.ts";
import { loadSchema } from "../load/load.ts";
import type { FileOutline } from "../load/read/outline.ts";
import { checkLock } from "../lock/check.ts";
import { formatLock } from "../lock/format.ts";
import { emptyLock, type Lock } from "../lock/lock.ts";
import { updateLock } from "../lock/update.ts";
import { Refusal } from "../refusal.ts";
import type { Kind } from "./kinds.ts";
import { renamedLock, siblingOf } from "./lock.ts";
import { optionValue, ProtoText } from "./proto-text.ts";
import { fieldReferences, keysTo, typeReferences } from "./references.ts";
import { findSubject, type Subject, subjectsOf } from "./subject.ts";

/** What a renamed schema looks like; nothing of it is written yet. */
export interface Renaming {
  readonly subject: Subject;
  /** Its name from now on, as `subject.name` has the former one. */
  readonly after: string;
  /** The files that change, by path below the root, with the number of places. */
  readonly files: ReadonlyMap<string, { readonly text: string; readonly count: number }>;
  /** The lock of the new schema; undefined when there was none. */
  readonly lock: Lock | undefined;
}

/** The new name's form: what a `.proto` file and a database take without quotes. */
const namePattern = /^[A-Za-z_]\w*$/;

/**
 * Renames something in a schema and its lock, so that every id and number stays what it was.
 *
 * @param checks what the schema has to pass to be written in its targets, before and after
 * @returns what is wrong with the schema, before or after, when it is
 * @throws Refusal when there is no such name, several, or the new one cannot be
 */
export async function renameIn(
  root: string,
  lock: Lock | undefined,
  wanted: { readonly from: string; readonly to: string; readonly kind: Kind | undefined },
  checks: readonly SchemaCheck[] = [],
): Promise<Renaming | readonly Diagnostic[]> {
  const { schema, diagnostics } = await loadSchema({ root, checks });
  if (schema === undefined) return diagnostics;
  const sources = await readSources({ root }, new Report());
  const subject = findSubject(subjectsOf(schema, sources.files.values()), wanted.from, wanted.kind);
  const after = siblingOf(subject.name, wanted.to);
  if (!namePattern.test(wanted.to))
    throw new Refusal(
      `"${wanted.to}" is no name; write the new one alone, as Roll, not with what is around it`,
    );
  if (after === subject.name) throw new Refusal(`the ${subject.kind} ${subject.name} is called so already`);
  checkFree(lock, subject, after);

  const texts = new Map<string, ProtoText>();
  const textOf = ({ path }: FileOutline): ProtoText => {
    const text = texts.get(path) ?? new ProtoText(sources.texts.get(path)!);
    texts.set(path, text);
    return text;
  };
  edit(subject, wanted.to, { schema, files: sources.files, textOf });

  const changed = new Map([...texts].map(([path, { text, count }]) => [path, { text, count }]));
  const readFile = async (path: string) => changed.get(path)?.text ?? sources.texts.get(path);
  const result = await loadSchema({ root, files: sources.roots, readFile, checks });
  if (result.schema === undefined) return result.diagnostics;
  // Also what the lock file does not have yet must stay what it is.
  const whole = updateLock(schema, lock ?? emptyLock);
  const expected = renamedLock(whole, subject, wanted.to);
  const problems = checkLock(result.schema, expected);
  if (problems.some(({ severity }) => severity === "error")) return problems;
  if (isKept.has(subject.kind) && formatLock(updateLock(result.schema, expected)) !== formatLock(expected))
    throw new Refusal(`the ids and numbers of ${subject.name} would not stay what they are as ${after}`);
  const next = lock && updateLock(result.schema, renamedLock(lock, subject, wanted.to));
  return { subject, after, files: changed, lock: next };
}

/** Of the others the lock remembers the former names. */
const isKept: ReadonlySet<Kind> = new Set(["call", "service", "message", "enum", "value"]);

/** A name that was removed has numbers of its own, which the renamed one would take over. */
function checkFree(lock: Lock | undefined, subject: Subject, after: string): void {
  const { kind } = subject;
  const isTaken =
    (kind === "message" && lock?.messages.has(after)) || (kind === "enum" && lock?.enums.has(after));
  if (isTaken)
    throw new Refusal(
      `the lock file knows another ${kind} ${after}, which was removed or is there still; choose a name that was never used`,
    );
}

interface Place {
  readonly schema: Schema;
  readonly files: ReadonlyMap<string, FileOutline>;
  readonly textOf: (file: FileOutline) => ProtoText;
}

function edit(subject: Subject, to: string, { schema, files, textOf }: Place): void {
  const own = textOf(subject.file);
  switch (subject.kind) {
    case "table": {
      const { table } = subject.message;
      const value = optionValue(subject.node.options, "photinus.table", "name");
      own.replaceString(value!, to);
      for (const { file, word, column } of keysTo(schema, files, table!, undefined))
        textOf(file).replaceString(word, `${to}.${column}`);
      return;
    }
    case "column": {
      const { message, field, node } = subject;
      const value = optionValue(node.options, "photinus.column", "name");
      if (value !== undefined) own.replaceString(value, to);
      else own.addToField(node.numberAt, node.options, "photinus.column", `name: "${to}"`);
      for (const { file, word, table } of keysTo(schema, files, message.table!, field.column!.name))
        textOf(file).replaceString(word, `${table}.${to}`);
      return;
    }
    case "message":
    case "enum": {
      own.replaceName(subject.node, to);
      const symbols = new Symbols([...files.values()]);
      for (const { file, word, index } of typeReferences(files.values(), symbols, subject.name))
        textOf(file).replaceName(word, to, index);
      return;
    }
    case "field": {
      const { message, field, node } = subject;
      own.replaceName(node, to);
      for (const { file, word, indices } of fieldReferences(schema, files, message, field)) {
        const names = word.text.split(".").map((name, index) => (indices.includes(index) ? to : name));
        textOf(file).replaceString(word, names.join("."));
      }
      // The column keeps its name, so that no database has to change.
      const isColumn = message.table !== undefined && field.oneof === undefined;
      if (isColumn && optionValue(node.options, "photinus.column", "name") === undefined)
        own.addToField(node.numberAt, node.options, "photinus.column", `name: "${field.name}"`);
      return;
    }
    case "service":
    case "call": {
      own.replaceName(subject.node, to);
      const rpcs = subject.kind === "call" ? [subject.node] : subject.node.rpcs;
      const methods = schema.files.flatMap((file) => file.services.flatMap((service) => service.methods));
      const prefix =
        subject.kind === "call" ? subject.name.slice(0, -subject.node.name.length) : `${subject.name}.`;
      for (const rpc of rpcs) {
        const method = methods.find(({ fullName }) => fullName === prefix + rpc.name);
        if (method === undefined || optionValue(rpc.options, "photinus.method", "id") !== undefined) continue;
        // The id of a method is a hash of its name, unless it says its own.
        own.addToRpc(rpc.response, rpc.options, "photinus.method", `id: ${method.id}`);
      }
      return;
    }
    default:
      own.replaceName(subject.node, to);
  }
}

/** The lock file's text. */
export function lockTextOf({ lock }: Renaming): string | undefined {
  return lock && formatLock(lock);
}
