import type { Report } from "../diagnostic.ts";
import type { FieldNode, FileOutline, OptionNode, OptionPart, OptionValue } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { type OptionItem, OptionObject } from "./option-object.ts";
import { describe, scalarItem } from "./scalar.ts";
import { suggestion } from "./suggest.ts";
import type { Symbols } from "./symbols.ts";

/** A field of an option message, or an option itself, with where its type's name is looked up. */
interface Slot {
  readonly field: FieldNode;
  readonly scope: string;
  readonly file: string;
  /** As the user writes it: "(photinus.command)" or "timeout_ms". */
  readonly shown: string;
  readonly key: string;
}

export type OptionsOf = "File" | "Message" | "Field" | "Oneof" | "Enum" | "EnumValue" | "Service" | "Method";

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
      if (first === undefined || (of === "Field" && first.text === "json_name" && !first.extension)) continue;
      const slot = this.#slotOf(first, message, file.path, scope);
      if (slot === undefined) result.flawed = true;
      else this.#set(result, slot, first.at, rest, option.value, file.path);
    }
    return result;
  }

  #set(
    target: OptionObject,
    slot: Slot,
    at: Mark,
    rest: readonly OptionPart[],
    value: OptionValue,
    file: string,
  ): void {
    const [next, ...after] = rest;
    if (next === undefined) {
      const item = this.#value(slot, value, file);
      if (item === undefined) target.flawed = true;
      else this.#store(target, slot, at, item, file);
      return;
    }
    const type = this.#messageOf(slot);
    if (type === undefined || slot.field.label === "repeated") {
      const message = `${slot.shown} has no fields of its own`;
      this.#report.add("PH012", file, next.at, message, `write ${slot.shown} = value`);
      target.flawed = true;
      return;
    }
    const inner = this.#slotOf(next, type, file, type);
    const present = target.get(slot.key);
    const object = present instanceof OptionObject ? present : new OptionObject(at);
    if (present === undefined) target.set(slot.key, object, at);
    if (inner === undefined) object.flawed = true;
    else this.#set(object, inner, next.at, after, value, file);
  }

  #store(target: OptionObject, slot: Slot, at: Mark, item: OptionItem | OptionItem[], file: string): void {
    const present = target.get(slot.key);
    if (slot.field.label === "repeated") {
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
    if (top && part.text === "default") {
      const help = "remove it: in proto3 the default is 0, false or empty";
      this.#report.add("PH010", file, part.at, "proto3 has no default values", help);
      return undefined;
    }
    // Somebody who leaves out the parentheses of an extension means it, most likely.
    const asExtension = top
      ? this.#extensionNames(message).find((name) => name.endsWith(`.${part.text}`))
      : undefined;
    const known = fields.map(({ name }) => name).filter((name) => name !== "uninterpreted_option");
    const help =
      asExtension === undefined
        ? suggestion(part.text, top ? [...known, ...this.#shownExtensions(message)] : known)
        : `did you mean (${asExtension})?`;
    const what = top ? "option" : `field of ${message}`;
    this.#report.add(top ? "PH010" : "PH011", file, part.at, `there is no ${what} named ${part.text}`, help);
    return undefined;
  }

  #extensionSlot(part: OptionPart, message: string, file: string, scope: string): Slot | undefined {
    const found = this.#symbols.findExtension(part.text, scope, file);
    if (found === undefined || found.symbol.extendee !== message) {
      const help = suggestion(`(${part.text})`, this.#shownExtensions(message));
      const text =
        found === undefined
          ? `there is no option (${part.text})`
          : `the option (${part.text}) belongs to ${placeOf(found.symbol.extendee)}, not to ${placeOf(message)}`;
      this.#report.add(
        "PH010",
        file,
        part.at,
        text,
        found === undefined ? help : "move it there, or remove it",
      );
      return undefined;
    }
    const { symbol, visible } = found;
    if (!visible) {
      const text = `the option (${part.text}) is declared in ${symbol.file.path}, which is not imported`;
      this.#report.add("PH005", file, part.at, text, `import "${symbol.file.path}";`);
    }
    const { field, name } = symbol;
    return { field, scope: symbol.scope, file: symbol.file.path, shown: `(${name})`, key: name };
  }

  #extensionNames(message: string): string[] {
    return [...this.#symbols.extensions.values()].filter((e) => e.extendee === message).map((e) => e.name);
  }

  #shownExtensions(message: string): string[] {
    return this.#extensionNames(message).map((name) => `(${name})`);
  }

  #messageOf(slot: Slot): string | undefined {
    const found = this.#symbols.find(slot.field.type.text, slot.scope, slot.file);
    return found?.symbol.kind === "message" ? found.symbol.name : undefined;
  }

  #value(slot: Slot, value: OptionValue, file: string): OptionItem | OptionItem[] | undefined {
    if (value.kind === "list") {
      if (slot.field.label === "repeated") {
        return value.items.map((item) => this.#single(slot, item, file)).filter((item) => item !== undefined);
      }
      this.#report.add(
        "PH012",
        file,
        value.at,
        `${slot.shown} takes one value, not a list`,
        "remove the brackets",
      );
      return undefined;
    }
    return this.#single(slot, value, file);
  }

  #single(slot: Slot, value: OptionValue, file: string): OptionItem | undefined {
    const found = this.#symbols.find(slot.field.type.text, slot.scope, slot.file);
    if (found?.symbol.kind === "message") return this.#object(slot, found.symbol.name, value, file);
    if (found?.symbol.kind === "enum") {
      const names = found.symbol.node.values.map(({ name }) => name);
      if (value.kind === "name" && names.includes(value.text)) return value.text;
      const wrong =
        value.kind === "name" ? `has no value ${value.text}` : `takes a name, not ${describe(value)}`;
      const help =
        value.kind === "name" ? suggestion(value.text, names) : `it can be one of: ${names.join(", ")}`;
      this.#report.add("PH012", file, value.at, `${slot.shown} ${wrong}`, help);
      return undefined;
    }
    const item = scalarItem(slot.field.type.text, value);
    if (typeof item === "object") {
      this.#report.add(
        "PH012",
        file,
        value.at,
        `${slot.shown} takes ${item.wanted}, not ${item.found}`,
        item.help,
      );
      return undefined;
    }
    return item;
  }

  #object(slot: Slot, type: string, value: OptionValue, file: string): OptionObject | undefined {
    if (value.kind !== "object") {
      const symbol = this.#symbols.types.get(type);
      const fields = symbol?.kind === "message" ? symbol.node.fields.map(({ name }) => name) : [];
      const help = `write { ${fields[0] ?? ""}${fields.length > 0 ? ": ... " : ""}}; it has: ${fields.join(", ")}`;
      this.#report.add(
        "PH012",
        file,
        value.at,
        `${slot.shown} takes fields in braces, not a single value`,
        help,
      );
      return undefined;
    }
    const result = new OptionObject(value.at);
    for (const { part, value: inner } of value.entries) {
      const field = this.#slotOf(part, type, file, type);
      if (field === undefined) result.flawed = true;
      else this.#set(result, field, part.at, [], inner, file);
    }
    return result;
  }
}

function placeOf(message: string): string {
  const what = message.replace(/^google\.protobuf\./, "").replace(/Options$/, "");
  const plain: Readonly<Record<string, string>> = { Method: "rpcs", EnumValue: "enum values" };
  return plain[what] ?? `${what.toLowerCase()}s`;
}
