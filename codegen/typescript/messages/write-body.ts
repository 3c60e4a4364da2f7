import type { Field, Message } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { mapKey } from "./message-interface.ts";
import type { Recursion } from "./recursion.ts";
import {
  hex,
  type Put,
  type Scalar,
  scalarOf,
  tagBytes,
  tagOf,
  valueScalar,
  wireTypeOf,
  writeFunction,
} from "./scalars.ts";

/**
 * Emits the body of `write`: straight-line code, fields in the order of their numbers. Neighbouring fields of bounded size form a run:
 * one check ensures room for all of them, then they are written into the bytes in place. Other fields use the writer's methods.
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

  /** Returns the statements of the body. */
  text(): string {
    const lines = this.#parts(groupsOf(this.#message.fields));
    if (this.#context.keepsUnknown) {
      const write = this.#context.runtime("writeUnknown", "value");
      const name = JSON.stringify(this.#message.fullName);
      lines.push(`if (value.$unknown !== undefined) ${write}(writer, value.$unknown, ${name});`);
    }
    return lines.join("\n");
  }

  /** Cuts a long body into functions, because TypeScript gives up control flow analysis of very long ones (TS2563). */
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

  /** Emits a run: one check of the room for the greatest size of all fields instead of one for each, then the fields by position. */
  #run(fields: readonly Field[]): string {
    let room = 0;
    const puts: string[] = [];
    const uses = new Set<string>(["bytes"]);
    for (const field of fields) {
      const put = valueScalar(field)?.put;
      if (!put)
        throw new Error(`the field ${field.name} has no maximum size; expected a number, bool or enum`);
      const tag = tagBytes(tagOf(field.number, wireTypeOf(field)));
      room += tag.length + put.maxBytes;
      const property = `value.${propertyName(field.name)}`;
      const lines = [...tag.map((byte) => `bytes[at++] = ${hex(byte)};`), this.#put(put, property, uses)];
      puts.push(`if (${this.#present(field, property)}) {\n${lines.join("\n")}\n}`);
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

  /** Emits statements that put a value at `at` and advance `at` past it. */
  #put(put: Put, value: string, uses: Set<string>): string {
    const checked = `${this.#context.runtime(put.check, "value")}(${value})`;
    switch (put.how) {
      case "byte":
        uses.add("bytes");
        return `bytes[at++] = ${checked} ? 1 : 0;`;
      case "view":
        uses.add("view");
        return `view.${put.name}(at, ${checked}, true);\nat += ${put.maxBytes};`;
      case "function": {
        uses.add(put.on);
        const argument = put.zigzag ? `(${checked} << 1) ^ (${value} >> 31)` : checked;
        return `at = ${this.#context.runtime(put.name, "value")}(${put.on}, at, ${argument});`;
      }
    }
  }

  /** Emits the condition under which a singular field is written: it is present and, without explicit presence, not the default. */
  #present(field: Field, property: string): string {
    const isThere = `${property} !== undefined`;
    if (field.label === "optional") return isThere;
    const scalar = valueScalar(field);
    if (scalar?.type === "Uint8Array") {
      return `${isThere} && ${this.#context.runtime("checkBytes", "value")}(${property}).length > 0`;
    }
    const isOther = `${property} !== ${scalar?.zero}`;
    // On the wire -0 differs from the default 0. The division is faster than Object.is.
    const isFloat = scalar?.method === "float" || scalar?.method === "double";
    return `${isFloat ? `(${isOther} || 1 / ${property} < 0)` : isOther} && ${isThere}`;
  }

  /** Emits a field that is not part of a run or oneof. */
  #field(field: Field): string {
    const property = `value.${propertyName(field.name)}`;
    switch (field.label) {
      case "single":
      case "optional":
        return `if (${this.#present(field, property)}) ${block(this.#value(field, property))}`;
      case "repeated":
        return field.packed
          ? this.#packed(field, property)
          : `for (const item of ${this.#context.runtime("listOf", "value")}(${property})) ${block(this.#value(field, "item"))}`;
      case "map":
        return this.#map(field, property);
    }
  }

  /** Emits statements that write one value of a field with its tag. */
  #value(field: Field, value: string, number = field.number): string {
    const { type } = field;
    const tag = hex(tagOf(number, wireTypeOf(field)));
    const scalar = valueScalar(field);
    if (scalar) return this.#scalar(scalar, tag, value);
    if (type.kind !== "message") throw new Error(`${field.name} is not a message`);
    if (this.#recursion.between(this.#message, type.name)) {
      return `writer.nest(${tag}, ${this.#context.reference(type.name, "value")}, ${value});`;
    }
    return [
      `const mark = writer.begin(${tag});`,
      `${this.#context.codecMethod("write", type.name)}(writer, ${value});`,
      `writer.endMessage(mark, ${value});`,
    ].join("\n");
  }

  #scalar(scalar: Scalar, tag: string, value: string): string {
    if (scalar.put === undefined) return `writer.${scalar.method}(${tag}, ${value});`;
    return `${this.#context.runtime(writeFunction(scalar), "value")}(writer, ${tag}, ${value});`;
  }

  /** Emits a packed list: room for the greatest size is ensured once, and the length is written when it is known. */
  #packed(field: Field, property: string): string {
    const put = valueScalar(field)?.put;
    if (!put) throw new Error(`${field.name} cannot be packed`);
    const room = put.maxBytes === 1 ? `${property}.length` : `${property}.length * ${put.maxBytes}`;
    const uses = new Set<string>();
    const lines = [
      `const mark = writer.begin(${hex(tagOf(field.number, 2))}, ${room});`,
      "let at = mark;",
      `for (const item of ${property}) ${block(this.#put(put, "item", uses))}`,
      "writer.position = at;",
      "writer.end(mark);",
    ];
    lines.splice(1, 0, `const { ${[...uses].join(", ")} } = writer;`);
    const list = `${this.#context.runtime("listOf", "value")}(${property})`;
    return `if (${property} !== undefined && ${list}.length > 0) {\n${lines.join("\n")}\n}`;
  }

  /** Emits a map: each entry is a message with key 1 and value 2, and both are always written. */
  #map(field: Field, property: string): string {
    const key: Scalar = scalarOf(mapKey(field));
    const value = this.#value(field, "item", 2);
    const lines = [
      `const entry = writer.begin(${hex(tagOf(field.number, 2))});`,
      this.#scalar(key, hex(tagOf(1, key.wireType)), "key"),
      value,
      "writer.end(entry);",
    ];
    return `for (const [key, item] of ${this.#context.runtime("mapOf", "value")}(${property})) {\n${lines.join("\n")}\n}`;
  }

  /** Emits the fields of a oneof that are neighbours by number. The case that is set is written even when it has its default. */
  #oneof(fields: readonly Field[]): string {
    const property = `value.${propertyName(fields[0]?.oneof ?? "")}`;
    const nameOf = (field: Field) => JSON.stringify(propertyName(field.name));
    const cases = fields.map(
      (field) => `case ${nameOf(field)}:${caseBody(this.#value(field, `${property}.value`))}`,
    );
    // The first of several groups also accepts the cases of the later ones, and rejects unknown cases.
    const all = this.#message.fields.filter(({ oneof }) => oneof === fields[0]?.oneof);
    if (all[0] === fields[0]) {
      const others = all
        .filter((field) => !fields.includes(field))
        .map((field) => `case ${nameOf(field)}:\n`);
      if (others.length > 0) cases.push(`${others.join("")}break;`);
      cases.push(`default:\nthrow ${this.#context.runtime("wrongCase", "value")}(${property});`);
      return `if (${property} !== undefined) {\nswitch (${property}.case) {\n${cases.join("\n")}\n}\n}`;
    }
    return `switch (${property}?.case) {\n${cases.join("\n")}\n}`;
  }
}

/** Groups fields: runs of bounded fields, neighbouring fields of one oneof, and every other field alone. */
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

/** Greatest number of fields that one function writes. */
const partLength = 100;

/** Distributes groups over parts of at most {@link partLength} fields. A group stays whole. */
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

/** Whether a field has a greatest size and may be part of a run. */
function isBounded(field: Field): boolean {
  const isSingle = field.label === "single" || field.label === "optional";
  return isSingle && field.oneof === undefined && valueScalar(field)?.put !== undefined;
}

function isRun(fields: readonly Field[]): boolean {
  return fields.length > 1 && fields.every((field) => isBounded(field));
}

/** Puts braces around several statements. */
function block(text: string): string {
  return text.includes("\n") ? `{\n${text}\n}` : text;
}

function caseBody(text: string): string {
  return text.includes("\n") ? ` {\n${text}\nbreak;\n}` : `\n${text}\nbreak;`;
}
