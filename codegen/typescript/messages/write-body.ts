import type { Field, Message } from "../../../schema/model.ts";
import { type EmitContext, halfName } from "../emit-context.ts";
import { propertyName, typeName } from "../naming.ts";
import { indented } from "../print/line-layout.ts";
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
 *
 * For servers, strings belong to runs, too, and a long body is cut into functions beside the constant: the engine puts small functions
 * of the runtime in place only up to some size of the function around them.
 */
export class WriteBody {
  readonly #message: Message;
  readonly #context: EmitContext;
  readonly #recursion: Recursion;
  readonly #isStraight: boolean;
  /** Functions that the body calls. */
  readonly functions: string[] = [];

  constructor(message: Message, context: EmitContext, recursion: Recursion) {
    this.#message = message;
    this.#context = context;
    this.#recursion = recursion;
    this.#isStraight = !context.hasHalves;
  }

  /** Returns the statements of the body. */
  text(): string {
    const groups = groupsOf(this.#message.fields, (field) => this.#joinsRun(field));
    const lines = this.#isStraight ? this.#functions(groups) : this.#parts(groups);
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
      const text = this.#groups(part);
      return parts.length === 1 ? text : `{\nconst part = (): void => {\n${text}\n};\npart();\n}`;
    });
  }

  /** Cuts a long body into functions that the engine can optimize as a whole. */
  #functions(groups: readonly Field[][]): string[] {
    const weight = groups.reduce((sum, group) => sum + weightOf(group), 0);
    if (weight <= mostWeight) return [this.#groups(groups)];
    const parts = partsOf(groups.flatMap(cutRun), partWeight, weightOf);
    const name = typeName(this.#message);
    const types = `writer: ${this.#context.runtime("Writer", "type")}, value: ${this.#context.runtime("MessageInit", "type")}<${name}>`;
    return parts.map((part, at) => {
      const own = `${halfName("write", name, this.#context.side)}$${at + 1}`;
      this.functions.push(`function ${own}(${types}): void {\n${indented(this.#groups(part))}\n}`);
      return `${own}(writer, value);`;
    });
  }

  #groups(groups: readonly Field[][]): string {
    const runs = groups.filter((group) => this.#isRun(group)).length;
    return groups.map((group) => this.#group(group, runs > 1)).join("\n");
  }

  #group(fields: readonly Field[], braces: boolean): string {
    const [first] = fields;
    if (!first) return "";
    if (first.oneof !== undefined) return this.#oneof(fields);
    if (!this.#isRun(fields)) return this.#field(first);
    const run = this.#run(fields);
    return braces ? `{\n${run}\n}` : run;
  }

  /** Whether a field may be part of a run: it has a greatest size, or is a text that ensures its own room. */
  #joinsRun(field: Field): boolean {
    return isBounded(field) || (this.#isStraight && isText(field));
  }

  #isRun(fields: readonly Field[]): boolean {
    return (
      (fields.length > 1 || (this.#isStraight && fields.some(isText))) &&
      fields.every((field) => this.#joinsRun(field))
    );
  }

  /** Emits a run: one check of the room for the greatest size of all fields instead of one for each, then the fields by position. */
  #run(fields: readonly Field[]): string {
    const items = fields.map((field) => {
      const property = `value.${propertyName(field.name)}`;
      const scalar = scalarOfRun(field);
      return { number: field.number, scalar, value: property, condition: this.#present(field, property) };
    });
    return [`writer.ensure(${roomOf(items)});`, ...this.#puts(items, "writer.position")].join("\n");
  }

  /** Emits statements that put values from the position `start` on, where the caller has ensured room, and set the writer's position. */
  #puts(items: readonly RunItem[], start: string): string[] {
    const uses = new Set<string>(["bytes"]);
    let isMoved = false;
    // From the last one on, as each text reads again what is used after it.
    const puts = items.toReversed().map(({ number, scalar, value, condition }, after) => {
      const tag = tagBytes(tagOf(number, scalar.wireType)).map((byte) => `bytes[at++] = ${hex(byte)};`);
      const lines = [...tag];
      if (scalar.put) lines.push(this.#put(scalar.put, value, uses));
      else {
        const rest = roomOf(items.slice(items.length - after));
        lines.push(`at = ${this.#context.runtime("putText", "value")}(writer, at, ${value}, ${rest});`);
        if (after > 0) lines.push(uses.has("view") ? "({ bytes, view } = writer);" : "bytes = writer.bytes;");
        isMoved ||= after > 0;
      }
      return condition === undefined ? lines.join("\n") : `if (${condition}) {\n${lines.join("\n")}\n}`;
    });
    return [
      `${isMoved ? "let" : "const"} { ${[...uses].join(", ")} } = writer;`,
      `let at = ${start};`,
      ...puts.toReversed(),
      "writer.position = at;",
    ];
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
    if (this.#isStraight && scalar.method === "string")
      return `${this.#context.runtime("writeText", "value")}(writer, ${tag}, ${value});`;
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
    const item = valueScalar(field);
    const tag = hex(tagOf(field.number, 2));
    const lines: string[] = [];
    if (this.#isStraight && item && (item.put || item.method === "string")) {
      const items = [
        { number: 1, scalar: key, value: "key" },
        { number: 2, scalar: item, value: "item" },
      ];
      lines.push(`const entry = writer.begin(${tag}, ${roomOf(items)});`, ...this.#puts(items, "entry"));
    } else {
      const value = this.#value(field, "item", 2);
      lines.push(
        `const entry = writer.begin(${tag});`,
        this.#scalar(key, hex(tagOf(1, key.wireType)), "key"),
        value,
      );
    }
    lines.push("writer.end(entry);");
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

/** A value of a run. */
interface RunItem {
  /** Number of the field. */
  readonly number: number;
  readonly scalar: Scalar;
  /** Expression of the value. */
  readonly value: string;
  /** Condition under which it is written. Default: always. */
  readonly condition?: string;
}

/** Returns the most bytes that a run takes, without its texts. */
function roomOf(items: readonly RunItem[]): number {
  const sizes = items.map(({ number, scalar }) => {
    const tag = tagBytes(tagOf(number, scalar.wireType)).length;
    return tag + (scalar.put?.maxBytes ?? 0);
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

function scalarOfRun(field: Field): Scalar {
  const scalar = valueScalar(field);
  if (!scalar || scalar.method === "octets")
    throw new Error(`the field ${field.name} has no maximum size; expected a number, bool, enum or text`);
  return scalar;
}

/** Groups fields: runs, neighbouring fields of one oneof, and every other field alone. */
function groupsOf(fields: readonly Field[], joinsRun: (field: Field) => boolean): Field[][] {
  const groups: Field[][] = [];
  for (const field of fields) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    const joins =
      field.oneof !== undefined ? last?.oneof === field.oneof : joinsRun(field) && last && joinsRun(last);
    const isFull = field.oneof === undefined && group?.length === partLength;
    if (group && joins && !isFull) group.push(field);
    else groups.push([field]);
  }
  return groups;
}

/** Greatest number of fields that one function writes. */
const partLength = 100;

/**
 * Greatest weight of a message that one function of a server writes, and of the parts of a heavier one. Measured: up to these sizes
 * the engine puts the functions of the runtime in place.
 */
const mostWeight = 10;
const partWeight = 5;

/** Weight of a group, in fields of a run. */
function weightOf(group: readonly Field[]): number {
  const [first] = group;
  if (!first || first.oneof !== undefined) return group.length;
  if (first.label === "map" || first.label === "repeated") return 4;
  return first.type.kind === "message" ? 2 : group.length;
}

/** Cuts a run that one function cannot hold. */
function cutRun(group: Field[]): Field[][] {
  if (group[0]?.oneof !== undefined || group.length <= partWeight) return [group];
  const count = Math.ceil(group.length / partWeight);
  const length = Math.ceil(group.length / count);
  return Array.from({ length: count }, (_, at) => group.slice(at * length, (at + 1) * length));
}

/** Distributes groups over parts of at most `most` fields or points of weight. A group stays whole. */
function partsOf(
  groups: readonly Field[][],
  most = partLength,
  weigh = (group: readonly Field[]) => group.length,
): Field[][][] {
  const parts: Field[][][] = [[]];
  let weight = 0;
  for (const group of groups) {
    const more = weigh(group);
    if (weight > 0 && weight + more > most) {
      parts.push([]);
      weight = 0;
    }
    parts.at(-1)?.push(group);
    weight += more;
  }
  return parts;
}

/** Whether a field has a greatest size and may be part of a run. */
function isBounded(field: Field): boolean {
  return isSingle(field) && valueScalar(field)?.put !== undefined;
}

function isText(field: Field): boolean {
  return isSingle(field) && valueScalar(field)?.method === "string";
}

function isSingle({ label, oneof }: Field): boolean {
  return (label === "single" || label === "optional") && oneof === undefined;
}

/** Puts braces around several statements. */
function block(text: string): string {
  return text.includes("\n") ? `{\n${text}\n}` : text;
}

function caseBody(text: string): string {
  return text.includes("\n") ? ` {\n${text}\nbreak;\n}` : `\n${text}\nbreak;`;
}
