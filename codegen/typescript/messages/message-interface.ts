import type { Field, Message } from "../../../schema/model.ts";
import { fieldNote, oneofNote } from "../../field-type.ts";
import { type Member, membersOf } from "../../members.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { declarationDocs, docstring, wrap } from "../print/docs.ts";
import { indented, objectLiteral, propertyKey } from "../print/line-layout.ts";
import { lineWidth } from "../source-file.ts";
import type { Recursion } from "./recursion.ts";
import { scalarOf, valueScalar } from "./scalars.ts";

/** Message interfaces, and the initial values of their properties. */

/** Emits the interface of a message. */
export function emitInterface(message: Message, name: string, context: EmitContext): string {
  const members = membersOf(message).map((member) => indented(property(member, context)));
  // An interface without members would accept any value, a number included.
  if (members.length === 0 && !context.keepsUnknown) members.push(indented("[name: string]: never;"));
  const body = members.length === 0 ? "{ }" : `{\n${members.join("\n")}\n}`;
  const base = context.keepsUnknown ? ` extends ${context.runtime("UnknownFields", "type")}` : "";
  return `${declarationDocs(message)}export interface ${name}${base} ${body}`;
}

/** Emits a property of the interface. A oneof is a union of cases, so that a switch over `case` narrows the type of `value`. */
function property(member: Member, context: EmitContext): string {
  const docs = memberDocs(member);
  if ("field" in member) {
    const { field } = member;
    return `${docs}${propertyName(field.name)}: ${propertyType(field, context)};`;
  }
  const { oneof, fields } = member;
  const cases = fields.map((field) => {
    const name = JSON.stringify(propertyName(field.name));
    return { docs: declarationDocs(field), type: `{ case: ${name}; value: ${valueType(field, context)} }` };
  });
  const head = `${propertyName(oneof.name)}:`;
  const line = `${head} ${cases.map(({ type }) => type).join(" | ")} | undefined;`;
  if (line.length + 2 <= lineWidth && cases.every((one) => one.docs === "")) return `${docs}${line}`;
  const lines = cases.map((one) => `\n${one.docs}| ${one.type}`);
  return `${docs}${head}${lines.join("")}\n| undefined;`;
}

/** Makes the docstring of a property: the schema's comment, and number and type of its fields. */
export function memberDocs(member: Member): string {
  if ("field" in member) return declarationDocs(member.field, fieldNote(member.field));
  const note = oneofNote(member.fields, ({ name }) => propertyName(name));
  return docstring(member.oneof.comment, wrap(note));
}

function propertyType(field: Field, context: EmitContext): string {
  const type = valueType(field, context);
  switch (field.label) {
    case "single":
      return type;
    case "optional":
      return `${type} | undefined`;
    case "repeated":
      return `${type}[]`;
    case "map":
      return `Map<${scalarOf(mapKey(field)).type}, ${type}>`;
  }
}

/** Returns the TypeScript type of one value of a field. */
export function valueType(field: Field, context: EmitContext): string {
  return field.type.kind === "scalar"
    ? (valueScalar(field)?.type ?? "never")
    : context.reference(field.type.name, "type");
}

/** Returns the key type of a map field. Throws for another field: only a fault of the caller leads here. */
export function mapKey(field: Field): NonNullable<Field["mapKey"]> {
  if (field.mapKey === undefined) throw new Error(`the map ${field.name} has no key type`);
  return field.mapKey;
}

/** Returns the entries of the literal of a new message, one for each property. */
export function initialValues(message: Message, context: EmitContext): string[] {
  return membersOf(message).map((member) => {
    if ("oneof" in member) return `${propertyName(member.oneof.name)}: undefined`;
    return `${propertyName(member.field.name)}: ${initialValue(member.field, context)}`;
  });
}

/**
 * Returns the default of one value of a field. Empty bytes are shared, as they cannot be changed: for an array of its own, the
 * engine needs ten times as long as for one with content.
 */
export function zeroValue(field: Field, context: EmitContext): string {
  const scalar = valueScalar(field);
  return scalar?.type === "Uint8Array"
    ? context.runtime("emptyBytes", "value")
    : (scalar?.zero ?? "undefined");
}

function initialValue(field: Field, context: EmitContext): string {
  switch (field.label) {
    case "single":
      return zeroValue(field, context);
    case "optional":
      return "undefined";
    case "repeated":
      return "[]";
    case "map":
      return "new Map()";
  }
}

/** Emits the expression of a whole message from a partial `init`: given fields over the defaults, nested messages made whole. */
export function wholeMessage(
  message: Message,
  defaults: string,
  context: EmitContext,
  recursion: Recursion,
): string {
  const own = `${context.runtime("withDefaults", "value")}(${defaults}, init)`;
  const inner = membersOf(message).flatMap((member) => innerMessages(member, message, context, recursion));
  return inner.length === 0 ? own : `{\n${indented([`...${own}`, ...inner].join(",\n"))},\n}`;
}

/** Returns the entries that complete the nested messages of a partial message; none for scalars, whose defaults are there already. */
function innerMessages(
  member: Member,
  message: Message,
  context: EmitContext,
  recursion: Recursion,
): string[] {
  const depthOf = (fields: readonly Field[]) => (holdsItself(message, fields, recursion) ? ", depth" : "");
  const codecOf = ({ type }: Field) =>
    type.kind === "message" ? [context.reference(type.name, "value")] : [];
  if ("oneof" in member) {
    const property = propertyName(member.oneof.name);
    const types = member.fields.flatMap((field) =>
      codecOf(field).map((codec) => `${propertyKey(propertyName(field.name))}: ${codec}`),
    );
    if (types.length === 0) return [];
    const create = context.runtime("createCase", "value");
    return [
      `${property}: ${create}(${objectLiteral(types, property.length + create.length + 10)}, init.${property}${depthOf(member.fields)})`,
    ];
  }
  const { field } = member;
  const property = propertyName(field.name);
  const create = {
    single: "createOne",
    optional: "createOne",
    repeated: "createList",
    map: "createMap",
  } as const;
  return codecOf(field).map(
    (codec) =>
      `${property}: ${context.runtime(create[field.label], "value")}(${codec}, init.${property}${depthOf([field])})`,
  );
}

/** Whether one of these fields of a message can hold the message again. */
export function holdsItself(message: Message, fields: readonly Field[], recursion: Recursion): boolean {
  return fields.some(({ type }) => type.kind === "message" && recursion.between(message, type.name));
}
