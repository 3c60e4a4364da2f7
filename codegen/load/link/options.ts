import { nearest, suggestion } from "../../../schema/suggest.ts";
import type { Report } from "../diagnostic.ts";
import { optionsPath } from "../files.ts";
import {
  type FieldNode,
  type FileOutline,
  isProto2,
  type OptionNode,
  type OptionPart,
  type OptionValue,
  type Word,
} from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type OptionItem, OptionObject } from "./option-object.ts";
import { describe, isScalar, scalarItem } from "./scalar.ts";
import { reportNotImported, type Symbols, scopeAround, type TypeSymbol } from "./symbols.ts";

/** A field of an option message, or an option itself, with where its type's name is looked up. */
interface Slot {
  readonly field: FieldNode;
  readonly scope: string;
  readonly file: string;
  /** As the user writes it: "(photinus.command)" or "timeout_ms". */
  readonly shown: string;
  readonly key: string;
}

const kinds = ["File", "Message", "Field", "Oneof", "Enum", "EnumValue", "Service", "Method"] as const;

export type OptionsOf = (typeof kinds)[number];

const optionMessages = kinds.map((kind) => `google.protobuf.${kind}Options`);

/** Checks options against their declarations, in photinus/options.proto, descriptor.proto, and the user's own files. */
export class OptionChecker {
  readonly #symbols: Symbols;
  readonly #report: Report;

  constructor(symbols: Symbols, report: Report) {
    this.#symbols = symbols;
    this.#report = report;
  }

  /**
   * The options of one declaration, by full name of the extension ("photinus.command") or plain name ("packed"). What is
   * wrong is reported and left out.
   */
  check(
    options: readonly OptionNode[],
    of: OptionsOf,
    file: FileOutline,
    scope: string,
    at: Mark,
  ): OptionObject {
    const message = `google.protobuf.${of}Options`;
    const result = new OptionObject(at);
    for (const option of options) {
      const [first, ...rest] = option.parts;
      if (first === undefined) continue;
      const plain = first.extension ? "" : first.text;
      if (of === "Field" && plain === "json_name") {
        this.#jsonName(result, first.at, option.value, file.path);
        continue;
      }
      if (plain !== "" && this.#isToPassOver(of, plain, first.at, file)) continue;
      const slot = this.#slotOf(first, message, file.path, scope);
      if (slot === undefined) result.flawed = true;
      else this.#set(result, slot, first.at, rest, option.value, file.path, false);
    }
    return result;
  }

  /** Reports options that no declaration tells of; true when there is no more to say. */
  #isToPassOver(of: OptionsOf, name: string, at: Mark, file: FileOutline): boolean {
    if (of === "Field" && name === "default") {
      if (isProto2(file)) return true;
      const help = "remove it: in proto3 the default is 0, false or empty";
      this.#report.add("PH010", file.path, at, "proto3 has no default values", help);
      return true;
    }
    if (name === "features") {
      const help =
        of === "Field" || of === "File"
          ? 'remove it; for a field that can be absent write "optional" before its type'
          : "remove it";
      this.#report.add(
        "PH010",
        file.path,
        at,
        "features belong to editions, which proto3 does not have",
        help,
      );
      return true;
    }
    const message = `google.protobuf.${of}Options`;
    if (name === "uninterpreted_option") {
      this.#report.add("PH010", file.path, at, `no schema can set ${name}`, "remove it");
      return true;
    }
    const known = [...this.#plainNames(message), ...this.#extensionNames(message)];
    const isKnown = known.some((each) => each === name || each.endsWith(`.${name}`));
    if (isKnown) return false;
    const owner = optionMessages.find((other) => this.#plainNames(other).includes(name));
    if (owner !== undefined) {
      const text = `the option ${name} belongs to ${placeOf(owner)}, not to ${placeOf(message)}`;
      this.#report.add("PH010", file.path, at, text, "move it there, or remove it");
      return true;
    }
    if (nearest(name, [...known, ...this.#shownExtensions(message)]) !== undefined) return false;
    // Newer versions of protobuf have more options, for other languages most of them.
    const help = "nothing is made of it: newer versions of protobuf may know it";
    this.#report.add("PH014", file.path, at, `there is no option named ${name}`, help);
    return true;
  }

  #plainNames(message: string): string[] {
    const symbol = this.#symbols.types.get(message);
    const fields = symbol?.kind === "message" ? symbol.node.fields : [];
    return fields.map(({ name }) => name).filter((name) => name !== "uninterpreted_option");
  }

  /** Known to the compiler alone, and so not among the declared options. Nothing here uses it. */
  #jsonName(target: OptionObject, at: Mark, value: OptionValue, file: string): void {
    if (value.kind !== "string") {
      const text = `json_name takes a string, not ${describe(value)}`;
      this.#report.add("PH012", file, value.at, text, "put it into quotes");
    } else if (target.has("json_name")) {
      this.#report.add("PH013", file, at, "json_name is set twice", "keep one of the two");
    } else target.set("json_name", value.text, at);
  }

  #set(
    target: OptionObject,
    slot: Slot,
    at: Mark,
    rest: readonly OptionPart[],
    value: OptionValue,
    file: string,
    inBraces: boolean,
  ): void {
    const [next, ...after] = rest;
    if (next === undefined) {
      const item = this.#value(slot, value, file, inBraces);
      if (item === undefined) target.flawed = true;
      else this.#store(target, slot, at, item, file);
      return;
    }
    const type = this.#messageOf(slot);
    if (type === undefined || isRepeated(slot.field)) {
      const message = `${slot.shown} has no fields of its own`;
      this.#report.add("PH012", file, next.at, message, `write ${slot.shown} = value`);
      target.flawed = true;
      return;
    }
    const inner = this.#slotOf(next, type, file, scopeAround(type));
    const present = target.get(slot.key);
    const object = present instanceof OptionObject ? present : new OptionObject(at);
    if (present === undefined) target.set(slot.key, object, at);
    if (inner === undefined) object.flawed = true;
    else this.#set(object, inner, next.at, after, value, file, inBraces);
  }

  #store(target: OptionObject, slot: Slot, at: Mark, item: OptionItem | OptionItem[], file: string): void {
    const present = target.get(slot.key);
    if (isRepeated(slot.field)) {
      const items = [...(Array.isArray(present) ? present : []), ...(Array.isArray(item) ? item : [item])];
      target.set(slot.key, items, target.at(slot.key) ?? at);
      return;
    }
    const other = present === undefined ? target.oneofs.get(slot.field.oneof ?? "") : slot.shown;
    if (other !== undefined) {
      const message =
        other === slot.shown ? `${slot.shown} is set twice` : `${slot.shown} and ${other} exclude each other`;
      this.#report.add("PH013", file, at, message, "keep one of the two");
      return;
    }
    if (slot.field.oneof !== undefined) target.oneofs.set(slot.field.oneof, slot.shown);
    target.set(slot.key, item as OptionItem, at);
  }

  #slotOf(part: OptionPart, message: string, file: string, scope: string): Slot | undefined {
    if (part.extension) return this.#extensionSlot(part, message, file, scope);
    const symbol = this.#symbols.types.get(message);
    const fields = symbol?.kind === "message" ? symbol.node.fields : [];
    const field = fields.find(({ name }) => name === part.text);
    if (field !== undefined) {
      return { field, scope: message, file: symbol?.file.path ?? file, shown: part.text, key: part.text };
    }
    const top = message.startsWith("google.protobuf.") && message.endsWith("Options");
    // Somebody who leaves out the parentheses of an extension means it, most likely.
    const asExtension = top
      ? this.#extensionNames(message).find((name) => name.endsWith(`.${part.text}`))
      : undefined;
    const known = this.#plainNames(message);
    const help =
      asExtension === undefined
        ? suggestion(part.text, top ? [...known, ...this.#shownExtensions(message)] : known)
        : `did you mean (${asExtension})?`;
    const what = top ? "option" : `field of ${message}`;
    this.#report.add(top ? "PH010" : "PH011", file, part.at, `there is no ${what} named ${part.text}`, help);
    return undefined;
  }

  #extensionSlot(part: OptionPart, message: string, file: string, scope: string): Slot | undefined {
    const lookup = this.#symbols.findExtension(part.text, scope, file);
    const found = lookup?.found;
    if (found === undefined || found.extendee !== message) {
      const help = suggestion(`(${part.text})`, this.#shownExtensions(message));
      const text =
        found === undefined
          ? `there is no option (${part.text})`
          : `the option (${part.text}) belongs to ${placeOf(found.extendee)}, not to ${placeOf(message)}`;
      this.#report.add(
        "PH010",
        file,
        part.at,
        text,
        found === undefined ? help : "move it there, or remove it",
      );
      return undefined;
    }
    const { field, name } = found;
    if (!lookup?.visible)
      reportNotImported(this.#report, file, part.at, `the option (${part.text})`, found.file.path);
    return { field, scope: found.scope, file: found.file.path, shown: `(${name})`, key: name };
  }

  #extensionNames(message: string): string[] {
    return [...this.#symbols.extensions.values()].filter((e) => e.extendee === message).map((e) => e.name);
  }

  #shownExtensions(message: string): string[] {
    return this.#extensionNames(message).map((name) => `(${name})`);
  }

  #messageOf(slot: Slot): string | undefined {
    const type = this.#typeOf(slot);
    return type?.kind === "message" ? type.name : undefined;
  }

  #typeOf({ field, scope, file }: Slot): TypeSymbol | undefined {
    if (isScalar(field.type.text)) return undefined;
    return this.#symbols.find(field.type.text, scope, file)?.found;
  }

  #value(
    slot: Slot,
    value: OptionValue,
    file: string,
    inBraces: boolean,
  ): OptionItem | OptionItem[] | undefined {
    if (value.kind !== "list") return this.#single(slot, value, file, inBraces);
    if (isRepeated(slot.field)) {
      return value.items
        .map((item) => this.#single(slot, item, file, inBraces))
        .filter((item) => item !== undefined);
    }
    const text = `${slot.shown} takes one value, not a list`;
    this.#report.add("PH012", file, value.at, text, "remove the brackets");
    return undefined;
  }

  #single(slot: Slot, value: OptionValue, file: string, inBraces: boolean): OptionItem | undefined {
    if (slot.field.mapKey !== undefined) return this.#entry(slot, slot.field.mapKey, value, file);
    const type = this.#typeOf(slot);
    if (type?.kind === "message") return this.#object(slot, type.name, value, file);
    if (type?.kind === "enum") {
      const names = type.node.values.map(({ name }) => name);
      if (value.kind === "name" && names.includes(value.text)) return value.text;
      // Inside braces a number can stand for a name, of other people's enums even where there is none.
      if (value.kind === "number" && inBraces && value.integer !== undefined) {
        const named = type.node.values.find(({ number }) => number === value.value)?.name;
        if (named !== undefined || type.file.path !== optionsPath) return named ?? value.value;
      }
      const wrong =
        value.kind === "name" ? `has no value ${value.text}` : `takes a name, not ${describe(value)}`;
      const help =
        value.kind === "name" ? suggestion(value.text, names) : `it can be one of: ${names.join(", ")}`;
      this.#report.add("PH012", file, value.at, `${slot.shown} ${wrong}`, help);
      return undefined;
    }
    const item = scalarItem(slot.field.type.text, value, inBraces);
    if (typeof item === "object") {
      const text = `${slot.shown} takes ${item.wanted}, not ${item.found}`;
      this.#report.add("PH012", file, value.at, text, item.help);
      return undefined;
    }
    return item;
  }

  /** An entry of a map, which protobuf writes as a message of `key` and `value`. */
  #entry(slot: Slot, keyType: Word, value: OptionValue, file: string): OptionObject | undefined {
    const fields: Readonly<Record<string, FieldNode>> = {
      key: { ...slot.field, mapKey: undefined, name: "key", type: keyType },
      value: { ...slot.field, mapKey: undefined, name: "value" },
    };
    if (value.kind !== "object") return this.#refuseSingle(slot, Object.keys(fields), value, file);
    const result = new OptionObject(value.at);
    for (const { part, colon, value: inner } of value.entries) {
      const field = Object.hasOwn(fields, part.text) && !part.extension ? fields[part.text] : undefined;
      if (field === undefined) {
        const text = `an entry of ${slot.shown} has no field named ${part.text}`;
        this.#report.add("PH011", file, part.at, text, "write { key: ... value: ... }");
        result.flawed = true;
        continue;
      }
      const inside: Slot = { ...slot, field, shown: `${slot.shown}.${part.text}`, key: part.text };
      this.#setInBraces(result, inside, part.at, colon, inner, file);
    }
    return result;
  }

  #object(slot: Slot, type: string, value: OptionValue, file: string): OptionObject | undefined {
    const symbol = this.#symbols.types.get(type);
    const fields = symbol?.kind === "message" ? symbol.node.fields.map(({ name }) => name) : [];
    if (value.kind !== "object") return this.#refuseSingle(slot, fields, value, file);
    const result = new OptionObject(value.at);
    for (const { part, colon, value: inner } of value.entries) {
      const field = this.#slotOf(part, type, file, scopeAround(type));
      if (field === undefined) result.flawed = true;
      else this.#setInBraces(result, field, part.at, colon, inner, file);
    }
    return result;
  }

  #setInBraces(
    target: OptionObject,
    slot: Slot,
    at: Mark,
    colon: boolean,
    value: OptionValue,
    file: string,
  ): void {
    const isMessage = slot.field.mapKey !== undefined || this.#typeOf(slot)?.kind === "message";
    if (!colon && !isMessage) {
      this.#report.add(
        "PH012",
        file,
        value.at,
        `${slot.shown} takes a value after a colon`,
        "write the colon",
      );
      target.flawed = true;
    } else this.#set(target, slot, at, [], value, file, true);
  }

  #refuseSingle(slot: Slot, fields: readonly string[], value: OptionValue, file: string): undefined {
    const help = `write { ${fields[0] ?? ""}${fields.length > 0 ? ": ... " : ""}}; it has: ${fields.join(", ")}`;
    const text = `${slot.shown} takes fields in braces, not a single value`;
    this.#report.add("PH012", file, value.at, text, help);
    return undefined;
  }
}

function isRepeated(field: FieldNode): boolean {
  return field.label === "repeated" || field.mapKey !== undefined;
}

function placeOf(message: string): string {
  const what = message.replace(/^google\.protobuf\./, "").replace(/Options$/, "");
  const plain = new Map([
    ["Method", "rpcs"],
    ["EnumValue", "enum values"],
  ]);
  return plain.get(what) ?? `${what.toLowerCase()}s`;
}
