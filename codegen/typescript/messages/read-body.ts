import type { Field, Message } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { mapKey, valueType, zeroValue } from "./message-interface.ts";
import type { Recursion } from "./recursion.ts";
import { hex, scalarOf, tagOf, valueScalar, wireTypeOf } from "./scalars.ts";

/** Emits the body of `read`: a switch with one case for each known field. Unknown fields are kept or skipped, by side. */
export class ReadBody {
  readonly #message: Message;
  readonly #context: EmitContext;
  readonly #recursion: Recursion;

  constructor(message: Message, context: EmitContext, recursion: Recursion) {
    this.#message = message;
    this.#context = context;
    this.#recursion = recursion;
  }

  /**
   * @param type annotation of the value, where the compiler needs one: ": Step"
   * @param fresh expression of a new message: "Step.create()"
   */
  text(type: string, fresh: string): string {
    const value = `const value${type} = into ?? ${fresh};`;
    const cases = this.#message.fields.flatMap((field) => this.#cases(field));
    const other = (tag: string) =>
      this.#context.keepsUnknown
        ? `${this.#context.runtime("keepUnknown", "value")}(reader, ${tag}, value, ${JSON.stringify(this.#message.fullName)});`
        : `reader.skip(${tag});`;
    const loop =
      cases.length === 0
        ? `while (reader.position < end) ${other("reader.tag()")}`
        : [
            "while (reader.position < end) {",
            "const tag = reader.tag();",
            "switch (tag) {",
            ...cases,
            "default:",
            other("tag"),
            "}",
            "}",
          ].join("\n");
    return [value, loop, "reader.finish(end);", "return value;"].join("\n");
  }

  /** Returns the cases of a field. A packable list has two: protobuf requires a reader to accept both forms. */
  #cases(field: Field): string[] {
    const tag = hex(tagOf(field.number, field.label === "map" ? 2 : wireTypeOf(field)));
    const one = `case ${tag}:${this.#one(field)}`;
    return field.label === "repeated" && valueScalar(field)?.put ? [one, this.#packed(field)] : [one];
  }

  #one(field: Field): string {
    const property = `value.${propertyName(field.oneof ?? field.name)}`;
    if (field.oneof !== undefined) {
      const name = JSON.stringify(propertyName(field.name));
      const before = `${property}?.case === ${name} ? ${property}.value : undefined`;
      return statement(`${property} = { case: ${name}, value: ${this.#value(field, before)} };`);
    }
    switch (field.label) {
      case "single":
      case "optional":
        return statement(`${property} = ${this.#value(field, property)};`);
      case "repeated":
        return statement(`${property}.push(${this.#value(field)});`);
      case "map":
        return this.#map(field, property);
    }
  }

  /** Emits the expression that reads one value. A message merges into the one that `before` may hold, as protobuf requires. */
  #value(field: Field, before?: string): string {
    const { type } = field;
    const scalar = valueScalar(field);
    if (scalar) {
      const cast = type.kind === "enum" ? ` as ${valueType(field, this.#context)}` : "";
      return `reader.${scalar.method}()${cast}`;
    }
    if (type.kind !== "message") throw new Error(`${field.name} is not a message`);
    const more = before === undefined ? "" : `, ${before}`;
    return this.#recursion.between(this.#message, type.name)
      ? `reader.nest(${this.#context.reference(type.name, "value")}${more})`
      : `${this.#context.codecMethod("read", type.name)}(reader, reader.limit()${more})`;
  }

  /** Emits the case of a packed list, whose values fill a length-prefixed range. */
  #packed(field: Field): string {
    return [
      `case ${hex(tagOf(field.number, 2))}: {`,
      "const last = reader.limit();",
      `while (reader.position < last) value.${propertyName(field.name)}.push(${this.#value(field)});`,
      "reader.finish(last);",
      "break;",
      "}",
    ].join("\n");
  }

  /** Emits the case of a map entry. A missing key or value has its default, as protobuf requires. */
  #map(field: Field, property: string): string {
    const key = scalarOf(mapKey(field));
    return [
      " {",
      `let key = ${key.zero};`,
      `let item${this.#itemType(field)} = ${this.#initialItem(field)};`,
      "const last = reader.limit();",
      "while (reader.position < last) {",
      "const part = reader.tag();",
      `if (part === ${hex(tagOf(1, key.wireType))}) key = reader.${key.method}();`,
      `else if (part === ${hex(tagOf(2, wireTypeOf(field)))}) item = ${this.#value(field, "item")};`,
      "else reader.skip(part);",
      "}",
      "reader.finish(last);",
      `${property}.set(key, item);`,
      "break;",
      "}",
    ].join("\n");
  }

  /** Returns a type annotation where the initial value has too narrow a type: bytes and enums. */
  #itemType(field: Field): string {
    const isTold = field.type.kind === "message" || valueScalar(field)?.type !== "Uint8Array";
    return isTold && field.type.kind !== "enum" ? "" : `: ${valueType(field, this.#context)}`;
  }

  #initialItem(field: Field): string {
    const { type } = field;
    if (type.kind !== "message") return zeroValue(field, this.#context);
    return `${this.#context.reference(type.name, "value")}.create()`;
  }
}

function statement(text: string): string {
  return `\n${text}\nbreak;`;
}
