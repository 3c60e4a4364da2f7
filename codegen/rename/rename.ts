import type { Schema } from "../../schema/model.ts";
import { type Diagnostic, Report } from "../load/diagnostic.ts";
import { readSources, type SchemaCheck } from "../load/files.ts";
import { Symbols } from "../load/link/symbols.ts";
import { loadSchema } from "../load/load.ts";
import type { FileOutline } from "../load/read/outline.ts";
import { checkLock } from "../lock/check-lock.ts";
import { formatLock } from "../lock/format.ts";
import { emptyLock, type Lock } from "../lock/lock.ts";
import { updateLock } from "../lock/update.ts";
import { Refusal } from "../refusal.ts";
import type { Kind } from "./kinds.ts";
import { optionValue, ProtoText } from "./proto-text.ts";
import { fieldReferences, keysTo, typeReferences } from "./references.ts";
import { renamedLock, siblingOf } from "./renamed-lock.ts";
import { findSubject, type Subject, subjectsOf } from "./subject.ts";

/** A renamed schema; no file is written yet. */
export interface Renaming {
  /** The declaration under its former name. */
  readonly subject: Subject;
  /** New full name, in the form of `subject.name`. */
  readonly after: string;
  /** New texts of the changed files by path below the root, with the number of changed places. */
  readonly files: ReadonlyMap<string, { readonly text: string; readonly count: number }>;
  /** Lock of the renamed schema; undefined when the schema has no lock file. */
  readonly lock: Lock | undefined;
}

/** Form of a new name, valid in `.proto` files and in databases without quotes. */
const namePattern = /^[A-Za-z_]\w*$/;

/**
 * Renames a declaration in a schema and its lock, so that every id and number stays. Writes nothing.
 *
 * @param root folder of the schema
 * @param lock the present lock; undefined when the schema has no lock file
 * @param wanted `from` is a full name or the end of one, `to` the new name alone, `kind` limits the search
 * @param checks checks of the schema's targets, run before and after
 * @returns the renaming, or the errors of the schema before or after it
 * @throws Refusal for an unknown or ambiguous name, or an invalid or taken new name
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
      `invalid new name "${wanted.to}"; expected a name without package and parents, such as Roll`,
    );
  if (after === subject.name)
    throw new Refusal(`the ${subject.kind} ${subject.name} already has this name; choose another one`);
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
  // Declarations that the lock file does not have yet must keep their numbers too, so the check uses an updated lock.
  const whole = updateLock(schema, lock ?? emptyLock);
  const expected = renamedLock(whole, subject, wanted.to);
  const problems = checkLock(result.schema, expected);
  if (problems.some(({ severity }) => severity === "error")) return problems;
  if (isKept.has(subject.kind) && formatLock(updateLock(result.schema, expected)) !== formatLock(expected))
    throw new Refusal(
      `the ids and numbers of ${subject.name} would change under the name ${after}; choose another name`,
    );
  const next = lock && updateLock(result.schema, renamedLock(lock, subject, wanted.to));
  return { subject, after, files: changed, lock: next };
}

/** Kinds whose lock entries are only renamed. For the other kinds the lock also records the former name, so its text changes. */
const isKept: ReadonlySet<Kind> = new Set(["call", "service", "message", "enum", "value"]);

/** Refuses the name of another message or enum in the lock, present or removed: the renamed one would take over its numbers. */
function checkFree(lock: Lock | undefined, subject: Subject, after: string): void {
  const { kind } = subject;
  const isTaken =
    (kind === "message" && lock?.messages.has(after)) || (kind === "enum" && lock?.enums.has(after));
  if (isTaken)
    throw new Refusal(
      `the lock file already has a ${kind} ${after}, present or removed; choose a name that was never used`,
    );
}

/** Schema and files that an edit works on. */
interface Place {
  readonly schema: Schema;
  readonly files: ReadonlyMap<string, FileOutline>;
  readonly textOf: (file: FileOutline) => ProtoText;
}

/** Edits the texts of all files in which the declaration is named. */
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
      // The column keeps its name by an explicit option, so that no database has to change.
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
        // Without a declared id, the id of a method is a hash of its name: declare the present one.
        own.addToRpc(rpc.response, rpc.options, "photinus.method", `id: ${method.id}`);
      }
      return;
    }
    default:
      own.replaceName(subject.node, to);
  }
}

/** Text of the lock file after a renaming; undefined when the schema has no lock file. */
export function lockTextOf({ lock }: Renaming): string | undefined {
  return lock && formatLock(lock);
}
