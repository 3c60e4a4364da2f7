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

/** Declaration of an option, or of a field of an option message, with the scope in which its type is resolved. */
interface Slot {
  readonly field: FieldNode;
  readonly scope: string;
  readonly file: string;
  /** Name as the user writes it: "(photinus.command)" or "timeout_ms". */
  readonly shown: string;
  readonly key: string;
}

const kinds = ["File", "Message", "Field", "Oneof", "Enum", "EnumValue", "Service", "Method"] as const;

/** Kinds of declarations that can have options. */
export type OptionsOf = (typeof kinds)[number];

const optionMessages = kinds.map((kind) => `google.protobuf.${kind}Options`);

/**
 * Checks options against their declarations in photinus/options.proto, descriptor.proto and the user's files. Reports unknown
 * options, wrong types of values and duplicates.
 */
export class OptionChecker {
  readonly #symbols: Symbols;
  readonly #report: Report;

  constructor(symbols: Symbols, report: Report) {
    this.#symbols = symbols;
    this.#report = report;
  }

  /**
   * Checks the options of one declaration. The result has them by full name of the extension ("photinus.command") or plain name
   * ("packed"). A wrong option is reported and left out.
   *
   * @param of kind of the declaration
   * @param scope full name around the declaration, where names of extensions are resolved
   * @param at position of the declaration
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

  /** Handles options without a declaration in proto3, and unknown ones. True when the option needs no further check. */
  #isToPassOver(of: OptionsOf, name: string, at: Mark, file: FileOutline): boolean {
    if (of === "Field" && name === "default") {
      if (isProto2(file)) return true;
      const help = "remove it; in proto3 the default is 0, false or empty";
      this.#report.add("PH010", file.path, at, "proto3 has no default values", help);
      return true;
    }
    if (name === "features") {
      const help =
        of === "Field" || of === "File"
          ? 'remove it; for a field that may be absent write "optional" before its type'
          : "remove it";
      this.#report.add("PH010", file.path, at, "features are options of editions, not of proto3", help);
      return true;
    }
    const message = `google.protobuf.${of}Options`;
    if (name === "uninterpreted_option") {
      this.#report.add(
        "PH010",
        file.path,
        at,
        `a schema cannot set the option ${name}, which is internal to protoc`,
        "remove it",
      );
      return true;
    }
    const known = [...this.#plainNames(message), ...this.#extensionNames(message)];
    const isKnown = known.some((each) => each === name || each.endsWith(`.${name}`));
    if (isKnown) return false;
    const owner = optionMessages.find((other) => this.#plainNames(other).includes(name));
    if (owner !== undefined) {
      const text = `the option ${name} belongs to ${placeOf(owner)}, not to ${placeOf(message)}`;
      this.#report.add("PH010", file.path, at, text, "move it to such a declaration, or remove it");
      return true;
    }
    if (nearest(name, [...known, ...this.#shownExtensions(message)]) !== undefined) return false;
    // Newer versions of protobuf have further options, mostly for other languages: such a schema must still load.
    const help = "it is ignored; remove it, unless a newer version of protobuf has it";
    this.#report.add("PH014", file.path, at, `unknown option: ${name}`, help);
    return true;
  }

  #plainNames(message: string): string[] {
    const symbol = this.#symbols.types.get(message);
    const fields = symbol?.kind === "message" ? symbol.node.fields : [];
    return fields.map(({ name }) => name).filter((name) => name !== "uninterpreted_option");
  }

  /**
   * Checks `json_name`, which protoc handles itself: descriptor.proto does not declare it as an option.
   */
  #jsonName(target: OptionObject, at: Mark, value: OptionValue, file: string): void {
    if (value.kind !== "string") {
      const text = `json_name takes a string, not ${describe(value)}`;
      this.#report.add("PH012", file, value.at, text, "put the value into quotes");
    } else if (target.has("json_name")) {
      this.#report.add("PH013", file, at, "json_name is set twice", "remove one of the two");
    } else target.set("json_name", value.text, at);
  }

  /**
   * Sets an option or, for a dotted name such as `(photinus.command).id`, one field of it.
   *
   * @param rest further parts of the dotted name
   * @param inBraces whether the value stands inside braces, where the text format applies
   */
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
      const message = `${slot.shown} is not a message and has no fields`;
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

  /** Stores a checked value: appends to a repeated option, and reports a second value or a second field of a oneof. */
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
      this.#report.add("PH013", file, at, message, "remove one of the two");
      return;
    }
    if (slot.field.oneof !== undefined) target.oneofs.set(slot.field.oneof, slot.shown);
    target.set(slot.key, item as OptionItem, at);
  }

  /** Finds the declaration of an option or of a field of an option message; reports an unknown one. */
  #slotOf(part: OptionPart, message: string, file: string, scope: string): Slot | undefined {
    if (part.extension) return this.#extensionSlot(part, message, file, scope);
    const symbol = this.#symbols.types.get(message);
    const fields = symbol?.kind === "message" ? symbol.node.fields : [];
    const field = fields.find(({ name }) => name === part.text);
    if (field !== undefined) {
      return { field, scope: message, file: symbol?.file.path ?? file, shown: part.text, key: part.text };
    }
    const top = message.startsWith("google.protobuf.") && message.endsWith("Options");
    // A plain name that an extension has most likely lacks its parentheses.
    const asExtension = top
      ? this.#extensionNames(message).find((name) => name.endsWith(`.${part.text}`))
      : undefined;
    const known = this.#plainNames(message);
    const help =
      asExtension === undefined
        ? suggestion(part.text, top ? [...known, ...this.#shownExtensions(message)] : known)
        : `did you mean (${asExtension})?`;
    const what = top ? "option" : `field of ${message}`;
    this.#report.add(top ? "PH010" : "PH011", file, part.at, `unknown ${what}: ${part.text}`, help);
    return undefined;
  }

  /** Finds the declaration of an option in parentheses; reports one that is unknown, not imported, or for other declarations. */
  #extensionSlot(part: OptionPart, message: string, file: string, scope: string): Slot | undefined {
    const lookup = this.#symbols.findExtension(part.text, scope, file);
    const found = lookup?.found;
    if (found === undefined || found.extendee !== message) {
      const help = suggestion(`(${part.text})`, this.#shownExtensions(message));
      const text =
        found === undefined
          ? `unknown option: (${part.text})`
          : `the option (${part.text}) belongs to ${placeOf(found.extendee)}, not to ${placeOf(message)}`;
      this.#report.add(
        "PH010",
        file,
        part.at,
        text,
        found === undefined ? help : "move it to such a declaration, or remove it",
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

  /** Checks a value or a list; undefined after an error was reported. */
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
    const text = `${slot.shown} takes a single value, not a list`;
    this.#report.add("PH012", file, value.at, text, "remove the brackets");
    return undefined;
  }

  /** Checks one value against the declared type; undefined after an error was reported. */
  #single(slot: Slot, value: OptionValue, file: string, inBraces: boolean): OptionItem | undefined {
    if (slot.field.mapKey !== undefined) return this.#entry(slot, slot.field.mapKey, value, file);
    const type = this.#typeOf(slot);
    if (type?.kind === "message") return this.#object(slot, type.name, value, file);
    if (type?.kind === "enum") {
      const names = type.node.values.map(({ name }) => name);
      if (value.kind === "name" && names.includes(value.text)) return value.text;
      // protobuf's text format allows numbers for names of enum values. A number without a name is accepted, except for Photinus'
      // own enums, where nothing would handle it.
      if (value.kind === "number" && inBraces && value.integer !== undefined) {
        const named = type.node.values.find(({ number }) => number === value.value)?.name;
        if (named !== undefined || type.file.path !== optionsPath) return named ?? value.value;
      }
      const wrong =
        value.kind === "name"
          ? `has no value ${value.text}`
          : `takes a name of a value, not ${describe(value)}`;
      const help = value.kind === "name" ? suggestion(value.text, names) : `use one of: ${names.join(", ")}`;
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

  /** Checks an entry of a map, which protobuf's text format writes as a message with the fields `key` and `value`. */
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
        const text = `an entry of ${slot.shown} has no field ${part.text}`;
        this.#report.add("PH011", file, part.at, text, "write { key: ... value: ... }");
        result.flawed = true;
        continue;
      }
      const inside: Slot = { ...slot, field, shown: `${slot.shown}.${part.text}`, key: part.text };
      this.#setInBraces(result, inside, part.at, colon, inner, file);
    }
    return result;
  }

  /** Checks the fields of an option message in braces. */
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

  /** Checks and stores a field inside braces. Only a message may omit the colon before its value. */
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
        `${slot.shown} has no colon before its value`,
        'add ":" before the value',
      );
      target.flawed = true;
    } else this.#set(target, slot, at, [], value, file, true);
  }

  #refuseSingle(slot: Slot, fields: readonly string[], value: OptionValue, file: string): undefined {
    const help = `write { ${fields[0] ?? ""}${fields.length > 0 ? ": ... " : ""}}; the fields are: ${fields.join(", ")}`;
    const text = `${slot.shown} takes fields in braces, not a single value`;
    this.#report.add("PH012", file, value.at, text, help);
    return undefined;
  }
}

function isRepeated(field: FieldNode): boolean {
  return field.label === "repeated" || field.mapKey !== undefined;
}

/** Declarations that an option message is for, in the plural: "messages", "enum values", "rpcs". */
function placeOf(message: string): string {
  const what = message.replace(/^google\.protobuf\./, "").replace(/Options$/, "");
  const plain = new Map([
    ["Method", "rpcs"],
    ["EnumValue", "enum values"],
  ]);
  return plain.get(what) ?? `${what.toLowerCase()}s`;
}
