import type { Field, Message } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { mapKey, valueType, zeroValue } from "./message-interface.ts";
import type { Recursion } from "./recursion.ts";
import { hex, scalarOf, tagOf, valueScalar, wireTypeOf } from "./scalars.ts";
import { entryStart, isStraight, type KnownTag, straightLoop } from "./straight-read.ts";

/**
 * Emits the body of `read`: a switch with one case for each known field, or straight-line code. Unknown fields are kept or
 * skipped, by side.
 */
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
    const tags = this.#message.fields.flatMap((field) => this.#known(field));
    const other = (tag: string) =>
      this.#context.keepsUnknown
        ? `${this.#context.runtime("keepUnknown", "value")}(reader, ${tag}, value, ${JSON.stringify(this.#message.fullName)});`
        : `reader.skip(${tag});`;
    if (!this.#context.hasHalves && isStraight(this.#message)) {
      const loop = straightLoop(tags, other("tag"), this.#context);
      return [value, loop, "reader.finish(end);", "return value;"].join("\n");
    }
    const loop =
      tags.length === 0
        ? `while (reader.position < end) ${other("reader.tag()")}`
        : [
            "while (reader.position < end) {",
            "const tag = reader.tag();",
            "switch (tag) {",
            ...tags.map(caseOf),
            "default:",
            other("tag"),
            "}",
            "}",
          ].join("\n");
    return [value, loop, "reader.finish(end);", "return value;"].join("\n");
  }

  /** Returns the tags of a field. A packable list has two: protobuf requires a reader to accept both forms. */
  #known(field: Field): KnownTag[] {
    const tag = tagOf(field.number, field.label === "map" ? 2 : wireTypeOf(field));
    const one = {
      field,
      tag,
      text: this.#one(field),
      form: field.label === "map" ? "entry" : "value",
    } as const;
    if (field.label !== "repeated" || !valueScalar(field)?.put) return [one];
    return [one, { field, tag: tagOf(field.number, 2), text: this.#packed(field), form: "packed" }];
  }

  #one(field: Field): string {
    const property = `value.${propertyName(field.oneof ?? field.name)}`;
    if (field.oneof !== undefined) {
      const name = JSON.stringify(propertyName(field.name));
      const before = `${property}?.case === ${name} ? ${property}.value : undefined`;
      return `${property} = { case: ${name}, value: ${this.#value(field, before)} };`;
    }
    switch (field.label) {
      case "single":
      case "optional":
        return `${property} = ${this.#value(field, property)};`;
      case "repeated":
        return `${property}.push(${this.#value(field)});`;
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

  /** Emits the statements of a packed list, whose values fill a length-prefixed range. */
  #packed(field: Field): string {
    return [
      "const last = reader.limit();",
      `while (reader.position < last) value.${propertyName(field.name)}.push(${this.#value(field)});`,
      "reader.finish(last);",
    ].join("\n");
  }

  /** Emits the statements of a map entry. A missing key or value has its default, as protobuf requires. */
  #map(field: Field, property: string): string {
    const key = scalarOf(mapKey(field));
    return [
      `let key = ${key.zero};`,
      `let item${this.#itemType(field)} = ${this.#initialItem(field)};`,
      "const last = reader.limit();",
      entryStart,
      "const part = reader.tag();",
      `if (part === ${hex(tagOf(1, key.wireType))}) key = reader.${key.method}();`,
      `else if (part === ${hex(tagOf(2, wireTypeOf(field)))}) item = ${this.#value(field, "item")};`,
      "else reader.skip(part);",
      "}",
      "reader.finish(last);",
      `${property}.set(key, item);`,
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

function caseOf({ tag, text, form }: KnownTag): string {
  return form === "value" ? `case ${hex(tag)}:\n${text}\nbreak;` : `case ${hex(tag)}: {\n${text}\nbreak;\n}`;
}
