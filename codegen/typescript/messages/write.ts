import type { Field, Message } from "../../../schema/model.ts";
import type { EmitContext } from "../context.ts";
import { propertyName } from "../naming.ts";
import type { Recursion } from "./recursion.ts";
import { hex, type Put, type Scalar, scalarOf, tagBytes, tagOf, valueScalar, wireTypeOf } from "./scalars.ts";
import { mapKey } from "./shape.ts";

/**
 * The body of `write`: fields in order of number, straight on. Neighbouring fields of bounded size make a run: room is
 * made for all of them once, and they are put into the bytes in place. All else goes through the writer's methods.
 */
export class WriteBody {
  readonly #message: Message;
  readonly #context: EmitContext;
  readonly #recursion: Recursion;

  constructor(message: Message, context: EmitContext, recursion: Recursion) {
    this.#message = message;
    this.#context = context;
    this.#recursion = recursion;
  }

  text(): string {
    const lines = this.#parts(groupsOf(this.#message.fields));
    if (this.#context.keepsUnknown) {
      lines.push("if (value.$unknown !== undefined) writer.append(value.$unknown);");
    }
    return lines.join("\n");
  }

  /** A long body is cut into functions: TypeScript follows the control flow of so many statements and no more (TS2563). */
  #parts(groups: readonly Field[][]): string[] {
    const parts = partsOf(groups);
    return parts.map((part) => {
      const runs = part.filter((group) => isRun(group)).length;
      const text = part.map((group) => this.#group(group, runs > 1)).join("\n");
      return parts.length === 1 ? text : `{\nconst part = (): void => {\n${text}\n};\npart();\n}`;
    });
  }

  #group(fields: readonly Field[], braces: boolean): string {
    const [first] = fields;
    if (!first) return "";
    if (first.oneof !== undefined) return this.#oneof(fields);
    if (!isRun(fields)) return this.#field(first);
    const run = this.#run(fields);
    return braces ? `{\n${run}\n}` : run;
  }

  #run(fields: readonly Field[]): string {
    let room = 0;
    const puts: string[] = [];
    const uses = new Set<string>(["bytes"]);
    for (const field of fields) {
      const put = valueScalar(field)?.put;
      if (!put) throw new Error(`${field.name} has no bound`);
      const tag = tagBytes(tagOf(field.number, wireTypeOf(field)));
      room += tag.length + put.maxBytes;
      const property = `value.${propertyName(field.name)}`;
      const isSet = field.label === "single" && put.how === "byte";
      const lines = [
        ...tag.map((byte) => `bytes[at++] = ${hex(byte)};`),
        this.#put(put, property, uses, isSet),
      ];
      puts.push(`if (${present(field, property)}) {\n${lines.join("\n")}\n}`);
    }
    const names = [...uses].join(", ");
    return [
      `writer.ensure(${room});`,
      `const { ${names} } = writer;`,
      "let at = writer.position;",
      ...puts,
      "writer.position = at;",
    ].join("\n");
  }

  /** Puts a value at `at` and moves `at` behind it. */
  #put(put: Put, value: string, uses: Set<string>, isTrue = false): string {
    if (put.how === "byte") return `bytes[at++] = ${isTrue ? "1" : `${value} ? 1 : 0`};`;
    if (put.how === "view") {
      uses.add("view");
      return `view.${put.name}(at, ${value}, true);\nat += ${put.maxBytes};`;
    }
    uses.add(put.on);
    const argument = put.zigzag ? `(${value} << 1) ^ (${value} >> 31)` : value;
    return `at = ${this.#context.runtime(put.name, "value")}(${put.on}, at, ${argument});`;
  }

  #field(field: Field): string {
    const property = `value.${propertyName(field.name)}`;
    switch (field.label) {
      case "single":
      case "optional":
        return `if (${present(field, property)}) ${block(this.#value(field, property))}`;
      case "repeated":
        return field.packed
          ? this.#packed(field, property)
          : `for (const item of ${property}) ${block(this.#value(field, "item"))}`;
      case "map":
        return this.#map(field, property);
    }
  }

  /** Writes one value of a field, tag and all. */
  #value(field: Field, value: string, number = field.number): string {
    const { type } = field;
    const tag = hex(tagOf(number, wireTypeOf(field)));
    const scalar = valueScalar(field);
    if (scalar) return `writer.${scalar.write}(${tag}, ${value});`;
    if (type.kind !== "message") throw new Error(`${field.name} is no message`);
    const name = this.#context.reference(type.name, "value");
    if (this.#recursion.between(this.#message, type.name)) return `writer.nest(${tag}, ${name}, ${value});`;
    return [
      `const mark = writer.begin(${tag});`,
      `${name}.write(writer, ${value});`,
      "writer.end(mark);",
    ].join("\n");
  }

  #packed(field: Field, property: string): string {
    const put = valueScalar(field)?.put;
    if (!put) throw new Error(`${field.name} cannot be packed`);
    const room = put.maxBytes === 1 ? `${property}.length` : `${property}.length * ${put.maxBytes}`;
    const uses = new Set<string>();
    if (put.how === "byte") uses.add("bytes");
    const lines = [
      `const mark = writer.begin(${hex(tagOf(field.number, 2))}, ${room});`,
      "let at = mark;",
      `for (const item of ${property}) ${block(this.#put(put, "item", uses))}`,
      "writer.position = at;",
      "writer.end(mark);",
    ];
    lines.splice(1, 0, `const { ${[...uses].join(", ")} } = writer;`);
    return `if (${property}.length > 0) {\n${lines.join("\n")}\n}`;
  }

  #map(field: Field, property: string): string {
    const key: Scalar = scalarOf(mapKey(field));
    const value = this.#value(field, "item", 2);
    const lines = [
      `const entry = writer.begin(${hex(tagOf(field.number, 2))});`,
      `writer.${key.write}(${hex(tagOf(1, key.wireType))}, key);`,
      value,
      "writer.end(entry);",
    ];
    return `for (const [key, item] of ${property}) {\n${lines.join("\n")}\n}`;
  }

  /** Fields of one oneof, neighbours by number: what is set is written, default or not. */
  #oneof(fields: readonly Field[]): string {
    const property = `value.${propertyName(fields[0]?.oneof ?? "")}`;
    const arms = fields.map((field) => ({
      name: JSON.stringify(propertyName(field.name)),
      text: this.#value(field, `${property}.value`),
    }));
    const [only] = arms;
    if (only && arms.length === 1) return `if (${property}?.case === ${only.name}) ${block(only.text)}`;
    const cases = arms.map(({ name, text }) => `case ${name}:${caseBody(text)}`);
    return `switch (${property}?.case) {\n${cases.join("\n")}\n}`;
  }
}

/** Whether a field that is no list is written: without presence, when it is not the default. */
function present(field: Field, property: string): string {
  if (field.label === "optional") return `${property} !== undefined`;
  const scalar = valueScalar(field);
  if (scalar?.type === "boolean") return property;
  if (scalar?.type === "Uint8Array") return `${property}.length > 0`;
  // -0 is not the default, on the wire.
  if (scalar?.read === "float" || scalar?.read === "double") return `!Object.is(${property}, 0)`;
  return `${property} !== ${scalar?.zero}`;
}

/** Runs of bounded fields, neighbouring fields of one oneof, and each other field by itself. */
function groupsOf(fields: readonly Field[]): Field[][] {
  const groups: Field[][] = [];
  for (const field of fields) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const joins =
      field.oneof !== undefined ? last?.oneof === field.oneof : isBounded(field) && last && isBounded(last);
    const isFull = field.oneof === undefined && group?.length === partLength;
    if (group && joins && !isFull) group.push(field);
    else groups.push([field]);
  }
  return groups;
}

/** How many fields are written by one function. */
const partLength = 250;

function partsOf(groups: readonly Field[][]): Field[][][] {
  const parts: Field[][][] = [[]];
  let length = 0;
  for (const group of groups) {
    if (length > 0 && length + group.length > partLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(group);
    length += group.length;
  }
  return parts;
}

function isBounded(field: Field): boolean {
  const isSingle = field.label === "single" || field.label === "optional";
  return isSingle && field.oneof === undefined && valueScalar(field)?.put !== undefined;
}

function isRun(fields: readonly Field[]): boolean {
  return fields.length > 1 && fields.every((field) => isBounded(field));
}

/** A statement as it is, several in braces. */
function block(text: string): string {
  return text.includes("\n") ? `{\n${text}\n}` : text;
}

function caseBody(text: string): string {
  return text.includes("\n") ? ` {\n${text}\nbreak;\n}` : `\n${text}\nbreak;`;
}
