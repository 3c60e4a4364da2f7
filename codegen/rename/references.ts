import type { Field, Message, Schema } from "../../schema/model.ts";
import { isScalar } from "../load/link/scalar.ts";
import { join, type Symbols } from "../load/link/symbols.ts";
import type {
  FieldNode,
  FileOutline,
  MessageNode,
  OptionValue,
  RpcNode,
  Word,
} from "../load/read/outline.ts";
import { entriesOf, optionValue, optionValues } from "./proto-text.ts";

/** A name in a file that refers to the declaration in question. */
interface Reference {
  readonly file: FileOutline;
  readonly word: Word;
  /** Index of the name part that refers to the declaration: 1 for `b` in `a.b.c`. */
  readonly index: number;
}

/** A string with a path of field names, some of which refer to the field in question. */
interface PathReference {
  readonly file: FileOutline;
  readonly word: OptionValue & { readonly kind: "string" };
  /** Parts of the path that refer to the field, from 0. */
  readonly indices: readonly number[];
}

/**
 * Finds the places where a message or an enum is named as a type, also as part of the name of a nested type.
 *
 * @param fullName full name of the message or enum
 */
export function typeReferences(
  files: Iterable<FileOutline>,
  symbols: Symbols,
  fullName: string,
): Reference[] {
  const depth = fullName.split(".").length;
  const found: Reference[] = [];
  const look = (file: FileOutline, word: Word, scope: string): void => {
    const symbol = symbols.find(word.text, scope, file.path)?.found;
    if (symbol === undefined || !`${symbol.name}.`.startsWith(`${fullName}.`)) return;
    // The written name is the end of the full name, which may begin inside or after the one in question.
    const written = word.text.replace(/^\./, "").split(".").length;
    const index = depth - 1 - (symbol.name.split(".").length - written);
    if (index >= 0) found.push({ file, word, index });
  };
  // A field of type `string` is a scalar even if a message is named `string`.
  const lookAt = (file: FileOutline, { type }: FieldNode, scope: string): void => {
    if (!isScalar(type.text)) look(file, type, scope);
  };
  for (const file of files) {
    const scope = file.package?.text ?? "";
    const message = (node: MessageNode, around: string): void => {
      const own = join(around, node.name);
      for (const field of [...node.fields, ...node.extends.flatMap(({ fields }) => fields)])
        lookAt(file, field, own);
      for (const inner of node.messages) message(inner, own);
    };
    for (const node of file.messages) message(node, scope);
    for (const { fields } of file.extends) for (const field of fields) lookAt(file, field, scope);
    for (const service of file.services) {
      for (const { request, response } of service.rpcs)
        for (const word of [request, response]) look(file, word, join(scope, service.name));
    }
  }
  return found;
}

/** Finds the places where a field is named: in paths of routes and keys, possibly several times, and in indexes of its table. */
export function fieldReferences(
  schema: Schema,
  files: ReadonlyMap<string, FileOutline>,
  message: Message,
  field: Field,
): PathReference[] {
  const messages = new Map(schema.files.flatMap((file) => file.messages).map((one) => [one.fullName, one]));
  const found: PathReference[] = [];
  const path = (file: FileOutline, value: OptionValue | undefined, from: string | undefined): void => {
    if (value?.kind !== "string" || from === undefined) return;
    const indices: number[] = [];
    let at = messages.get(from);
    for (const [index, name] of value.text.split(".").entries()) {
      const next: Field | undefined = at?.fields.find((one) => one.name === name);
      if (at?.fullName === message.fullName && next?.number === field.number) indices.push(index);
      at = next?.type.kind === "message" ? messages.get(next.type.name) : undefined;
    }
    if (indices.length > 0) found.push({ file, word: value, indices });
  };
  for (const { path: name, services } of schema.files) {
    const file = files.get(name);
    for (const service of services) {
      const nodes = file?.services.find((one) => one.name === service.name)?.rpcs ?? [];
      const nodeOf = (call: string): RpcNode | undefined => nodes.find((one) => one.name === call);
      for (const call of [...service.commands, ...service.methods]) {
        const from = call.request.kind === "message" ? call.request.name : undefined;
        for (const value of hashes(nodeOf(call.name))) path(file!, value, from);
      }
      for (const push of service.pushes) {
        const from = push.body.kind === "message" ? push.body.name : undefined;
        path(file!, optionValue(nodeOf(push.name)?.options ?? [], "photinus.push", "key"), from);
      }
    }
  }
  const file = files.get(message.location.file);
  const node = file && messageNode(file, message);
  for (const index of optionValues(node?.options ?? [], "photinus.table", "index")) {
    for (const value of entriesOf(index, "columns"))
      if (value.kind === "string" && value.text === field.name)
        found.push({ file: file!, word: value, indices: [0] });
  }
  return found;
}

/** Paths of `hash` routes of an rpc, written `route: { hash: "..." }` or `.route.hash = "..."`. */
function hashes(node: RpcNode | undefined): OptionValue[] {
  const options = node?.options ?? [];
  return ["photinus.command", "photinus.method"].flatMap((option) => [
    ...optionValues(options, option, "route").flatMap((route) => entriesOf(route, "hash")),
    ...options
      .filter(({ parts: [whole, first, second] }) => {
        const isOption = whole?.extension && whole.text.replace(/^\./, "") === option;
        return isOption && first?.text === "route" && second?.text === "hash";
      })
      .map(({ value }) => value),
  ]);
}

/**
 * Finds foreign keys that refer to a table or to one of its columns.
 *
 * @param column name of the column; undefined for any column
 */
export function keysTo(
  schema: Schema,
  files: ReadonlyMap<string, FileOutline>,
  table: { readonly database: string; readonly name: string },
  column: string | undefined,
): { file: FileOutline; word: OptionValue; table: string; column: string }[] {
  return schema.files.flatMap(({ path, messages }) =>
    messages.flatMap((message) => {
      if (message.table?.database !== table.database) return [];
      const file = files.get(path);
      const nodes = file === undefined ? [] : (messageNode(file, message)?.fields ?? []);
      return message.fields.flatMap((field) => {
        const key = field.column?.foreignKey;
        if (key?.table !== table.name || (column !== undefined && key.column !== column)) return [];
        const node: FieldNode | undefined = nodes.find((one) => one.number === field.number);
        const word = optionValue(node?.options ?? [], "photinus.column", "foreign_key");
        return word === undefined ? [] : [{ file: file!, word, ...key }];
      });
    }),
  );
}

function messageNode(file: FileOutline, { parents, name }: Message): MessageNode | undefined {
  let nodes: readonly MessageNode[] = file.messages;
  for (const parent of parents) nodes = nodes.find((one) => one.name === parent)?.messages ?? [];
  return nodes.find((one) => one.name === name);
}
