import type { EnumNode, FileOutline, MessageNode, Word } from "../read/outline.ts";

/** Kinds of declarations that occupy a name in a scope. */
export type NameKind =
  | "package"
  | "message"
  | "enum"
  | "service"
  | "field"
  | "oneof"
  | "enum value"
  | "option"
  | "rpc";

/** A declared name: in full, with its kind and the word that declares it. */
export interface DeclaredName {
  readonly name: string;
  readonly kind: NameKind;
  readonly word: Word;
}

/** Cache of names by file: each file is asked several times, and in a watch at each run. */
const known = new WeakMap<FileOutline, readonly DeclaredName[]>();

/**
 * Lists every name that a file declares, grouped by kind in the order of the file. A package `a.b` declares `a` and `a.b`. The
 * result is cached.
 */
export function namesOf(file: FileOutline): readonly DeclaredName[] {
  let names = known.get(file);
  if (names === undefined) {
    names = [...namesIn(file)];
    known.set(file, names);
  }
  return names;
}

function* namesIn(file: FileOutline): Generator<DeclaredName> {
  const scope = file.package?.text ?? "";
  if (file.package !== undefined) {
    const parts = scope.split(".");
    for (let count = 1; count <= parts.length; count++)
      yield { name: parts.slice(0, count).join("."), kind: "package", word: file.package };
  }
  for (const message of file.messages) yield* namesOfMessage(scope, message);
  for (const declared of file.enums) yield* namesOfEnum(scope, declared);
  yield* namesOfExtensions(scope, file.extends);
  for (const service of file.services) {
    yield declared(scope, "service", service);
    for (const rpc of service.rpcs) yield declared(inside(scope, service.name), "rpc", rpc);
  }
}

function* namesOfMessage(scope: string, node: MessageNode): Generator<DeclaredName> {
  yield declared(scope, "message", node);
  const within = inside(scope, node.name);
  for (const field of node.fields) yield declared(within, "field", field);
  for (const oneof of node.oneofs) yield declared(within, "oneof", oneof);
  yield* namesOfExtensions(within, node.extends);
  for (const nested of node.messages) yield* namesOfMessage(within, nested);
  for (const nested of node.enums) yield* namesOfEnum(within, nested);
  // protoc declares a message for the entries of each map, whose name can clash with others.
  for (const field of node.fields) {
    if (field.mapKey === undefined) continue;
    yield { ...declared(within, "message", field), name: inside(within, entryName(field.name)) };
  }
}

function* namesOfEnum(scope: string, node: EnumNode): Generator<DeclaredName> {
  yield declared(scope, "enum", node);
  // As in C++, the values of an enum belong to the scope around it.
  for (const value of node.values) yield declared(scope, "enum value", value);
}

function* namesOfExtensions(scope: string, extensions: FileOutline["extends"]): Generator<DeclaredName> {
  for (const { fields } of extensions) for (const field of fields) yield declared(scope, "option", field);
}

function declared(
  scope: string,
  kind: NameKind,
  { name, at }: { name: string; at: Word["at"] },
): DeclaredName {
  return { name: inside(scope, name), kind, word: { text: name, at } };
}

function inside(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** Name of the message that protoc declares for the entries of a map: `NamesOfEntry` for the field `names_of`. */
function entryName(field: string): string {
  const camel = field.replace(/(^|_)([a-z])/g, (_match, _before, letter: string) => letter.toUpperCase());
  return `${camel.replaceAll("_", "")}Entry`;
}
