import protobuf from "protobufjs";
import { messageOf } from "../../schema/errors.ts";
import { Report } from "../load/diagnostic.ts";
import { optionsPath } from "../load/files.ts";
import { descriptorPath } from "../load/google.ts";
import { type OptionItem, OptionObject } from "../load/link/option-object.ts";
import { OptionChecker, type OptionsOf } from "../load/link/options.ts";
import { isScalar } from "../load/link/scalar.ts";
import type { Symbols } from "../load/link/symbols.ts";
import type { FieldNode, FileOutline, OptionNode } from "../load/read/outline.ts";
import { isProto2 } from "../load/read/outline.ts";
import type { Mark } from "../load/read/scanner.ts";

/** Value of an option, comparable by its JSON: fields of messages are sorted by name. */
type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** Declaration of an option, or of a field of an option message. */
interface Slot {
  readonly key: string;
  readonly field: FieldNode;
  readonly scope: string;
  readonly file: FileOutline;
}

/** Malformed bytes of encoded options. The message has the kind of the options and the reason. */
export class UnreadableOptions extends Error {
  override readonly name = "UnreadableOptions";
}

/**
 * Converts options to comparable texts: options of a `.proto` text and encoded options of a descriptor give equal texts when they
 * are equal. Only options of protobuf and Photinus count, since generated files depend on no others. Options of files do not
 * count, because buf sets some for other languages.
 */
export class OptionTexts {
  readonly #symbols: Symbols;
  /** Declarations by full name of the option message, then by field number. */
  readonly #slots = new Map<string, ReadonlyMap<number, Slot>>();

  constructor(symbols: Symbols) {
    this.#symbols = symbols;
  }

  /**
   * Text of the options of a declaration in a `.proto` text. Undefined when an option is invalid: the loader then reports it.
   *
   * @param of kind of the declaration
   * @param scope full name around the declaration
   */
  ofText(
    options: readonly OptionNode[],
    of: OptionsOf,
    file: FileOutline,
    scope: string,
    at: Mark,
  ): string | undefined {
    const report = new Report();
    const checked = new OptionChecker(this.#symbols, report).check(options, of, file, scope, at);
    if (report.hasErrors) return undefined;
    return textOf(this.#fromObject(checked, `google.protobuf.${of}Options`));
  }

  /** Text of the encoded options in a descriptor; "" without options. Throws {@link UnreadableOptions} for malformed bytes. */
  ofBytes(bytes: Uint8Array | undefined, of: OptionsOf): string {
    return bytes === undefined ? "" : textOf(this.#decode(bytes, `google.protobuf.${of}Options`));
  }

  /**
   * Encoded options in the syntax of `.proto` files: "deprecated = true", "(photinus.command) = { id: 1 }". Throws
   * {@link UnreadableOptions} for malformed bytes.
   */
  inSyntax(bytes: Uint8Array | undefined, of: OptionsOf): string[] {
    if (bytes === undefined) return [];
    const message = `google.protobuf.${of}Options`;
    return this.#entries(this.#decode(bytes, message), message).flatMap(({ slot, value, text }) =>
      // A repeated option is written once for each value; no option of Photinus is repeated.
      Array.isArray(value) ? [] : [`${slot.key.includes(".") ? `(${slot.key})` : slot.key} = ${text}`],
    );
  }

  /** Fields of a decoded option message, each with its declaration and its value as text. */
  #entries(object: Record<string, Value>, message: string) {
    return [...this.#slotsOf(message).values()].flatMap((slot) => {
      const value = object[slot.key];
      return value === undefined ? [] : [{ slot, value, text: this.#valueText(slot, value) }];
    });
  }

  #valueText(slot: Slot, value: Value): string {
    if (Array.isArray(value)) return `[${value.map((one) => this.#valueText(slot, one)).join(", ")}]`;
    const type = this.#typeOf(slot);
    if (typeof value === "object") {
      const entries = this.#entries(value as Record<string, Value>, type?.name ?? "");
      return `{ ${entries.map(({ slot: { key }, text }) => `${key}: ${text}`).join(" ")} }`;
    }
    // The value of an enum is a name without quotes.
    return typeof value === "string" && type === undefined ? JSON.stringify(value) : String(value);
  }

  /** True for the options of a nested message that protoc declared for the entries of a map. */
  isMapEntry(bytes: Uint8Array | undefined): boolean {
    if (bytes === undefined) return false;
    return this.#decode(bytes, "google.protobuf.MessageOptions")["map_entry"] === true;
  }

  #decode(bytes: Uint8Array, message: string): Record<string, Value> {
    try {
      return this.#fromBytes(bytes, message);
    } catch (error) {
      throw new UnreadableOptions(`${message}: ${messageOf(error)}`);
    }
  }

  #fromObject(object: OptionObject, message: string): Record<string, Value> {
    const result: Record<string, Value> = {};
    for (const slot of this.#slotsOf(message).values()) {
      const item = object.get(slot.key);
      if (item === undefined) continue;
      const value = Array.isArray(item)
        ? item.map((one) => this.#fromItem(one, slot))
        : this.#fromItem(item, slot);
      if (!this.#isLeftOut(value, slot)) result[slot.key] = value;
    }
    return result;
  }

  /** Converts a checked value. A float is rounded to 32 bits, as its encoding does. */
  #fromItem(item: OptionItem, slot: Slot): Value {
    if (item instanceof OptionObject) return this.#fromObject(item, this.#typeOf(slot)?.name ?? "");
    return slot.field.type.text === "float" && typeof item === "number" ? Math.fround(item) : item;
  }

  /** Decodes an option message. Unknown fields are skipped. */
  #fromBytes(bytes: Uint8Array, message: string): Record<string, Value> {
    const slots = this.#slotsOf(message);
    const found = new Map<Slot, Value[]>();
    const messages = new Map<Slot, Uint8Array[]>();
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const slot = slots.get(tag >>> 3);
      const wireType = tag & 7;
      if (slot === undefined) reader.skipType(wireType);
      else if (this.#typeOf(slot)?.kind === "message") append(messages, slot, reader.bytes());
      else append(found, slot, ...this.#scalars(reader, slot, wireType));
    }
    for (const [slot, parts] of messages) {
      const type = this.#typeOf(slot)?.name ?? "";
      // protobuf merges a message field that occurs several times; joined bytes decode to the merged message.
      const whole = slot.field.label === "repeated" ? parts : [Buffer.concat(parts)];
      append(found, slot, ...whole.map((part) => this.#fromBytes(part, type)));
    }
    const result: Record<string, Value> = {};
    for (const [slot, values] of found) {
      const value = slot.field.label === "repeated" ? values : values.at(-1);
      if (value !== undefined && !this.#isLeftOut(value, slot)) result[slot.key] = value;
    }
    return result;
  }

  /** Decodes the values of a scalar or enum field. Both packed and unpacked values are accepted, as protobuf demands. */
  #scalars(reader: protobuf.Reader, slot: Slot, wireType: number): Value[] {
    const type = this.#typeOf(slot);
    const one = (): Value => {
      if (type?.kind !== "enum") return scalar(reader, slot.field.type.text);
      const number = reader.int32();
      return type.node.values.find((value) => value.number === number)?.name ?? number;
    };
    const isPackable = slot.field.type.text !== "string" && slot.field.type.text !== "bytes";
    if (wireType !== 2 || !isPackable) return [one()];
    const values: Value[] = [];
    for (const end = reader.uint32() + reader.pos; reader.pos < end; ) values.push(one());
    return values;
  }

  /** True for a value that proto3 does not encode: the default of a field without presence. */
  #isLeftOut(value: Value, slot: Slot): boolean {
    if (Array.isArray(value)) return value.length === 0;
    if (isProto2(slot.file) || slot.field.label === "optional" || slot.field.oneof !== undefined)
      return false;
    const type = this.#typeOf(slot);
    if (type?.kind === "enum") return value === type.node.values[0]?.name;
    return value === 0 || value === false || value === "";
  }

  #typeOf({ field, scope, file }: Slot) {
    return isScalar(field.type.text)
      ? undefined
      : this.#symbols.find(field.type.text, scope, file.path)?.found;
  }

  #slotsOf(message: string): ReadonlyMap<number, Slot> {
    let slots = this.#slots.get(message);
    if (slots === undefined) {
      slots = this.#declaredIn(message);
      this.#slots.set(message, slots);
    }
    return slots;
  }

  /** Declarations of an option message that count: those of descriptor.proto and photinus/options.proto. */
  #declaredIn(message: string): ReadonlyMap<number, Slot> {
    const slots = new Map<number, Slot>();
    const symbol = this.#symbols.types.get(message);
    if (symbol?.kind === "message" && [optionsPath, descriptorPath].includes(symbol.file.path)) {
      for (const field of symbol.node.fields) {
        const { name, number, mapKey } = field;
        if (name === "uninterpreted_option" || name === "features" || mapKey !== undefined) continue;
        slots.set(number, { key: name, field, scope: message, file: symbol.file });
      }
    }
    for (const { name, extendee, file, scope, field } of this.#symbols.extensions.values()) {
      if (extendee !== message || file.path !== optionsPath) continue;
      slots.set(field.number, { key: name, field, scope, file });
    }
    return slots;
  }
}

function textOf(value: Record<string, Value>): string {
  return Object.keys(value).length === 0 ? "" : JSON.stringify(sorted(value));
}

function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object") return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function append<K, V>(map: Map<K, V[]>, key: K, ...values: readonly V[]): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [...values]);
  else list.push(...values);
}

function scalar(reader: protobuf.Reader, type: string): Value {
  switch (type) {
    case "double":
      return reader.double();
    case "float":
      return reader.float();
    case "bool":
      return reader.bool();
    case "string":
      return reader.string();
    case "bytes":
      return Buffer.from(reader.bytes()).toString("latin1");
    case "int32":
      return reader.int32();
    case "uint32":
      return reader.uint32();
    case "sint32":
      return reader.sint32();
    case "fixed32":
      return reader.fixed32();
    case "sfixed32":
      return reader.sfixed32();
    case "int64":
      return Number(reader.int64());
    case "uint64":
      return Number(reader.uint64());
    case "sint64":
      return Number(reader.sint64());
    case "fixed64":
      return Number(reader.fixed64());
    case "sfixed64":
      return Number(reader.sfixed64());
    default:
      throw new Error(`unexpected protobuf type of an option: ${type}`);
  }
}
