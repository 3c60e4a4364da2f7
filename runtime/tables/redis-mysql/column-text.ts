import { storedWhole } from "../columns/integer-range.ts";
import type { ColumnKind, ColumnValue, TableLayout } from "../table-layout.ts";

/** Argument of a Redis command; a string is sent as UTF-8. */
export type Text = string | Buffer;

/** Whether a text has one byte per character in UTF-8. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Encodes a value for Redis. A null has no text: its field is absent. */
export function textOf(value: Exclude<ColumnValue, null>): Text {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  // The shortest text that parses to the same number.
  return String(value);
}

/** Decodes a value from Redis. Numbers are parsed from the bytes, which is faster than through a string. */
export function valueOfText(kind: ColumnKind, text: Buffer): ColumnValue {
  switch (kind) {
    case "string":
      return text.toString();
    case "bytes":
    case "message":
      return new Uint8Array(text);
    case "bool":
      return text[0] === one;
    case "int64":
    case "uint64":
    case "timestamp":
      return text.length <= exactDigits ? BigInt(wholeOf(text)) : BigInt(text.toString("latin1"));
    case "double":
    case "float":
      return Number(text.toString("latin1"));
    case "int32":
    case "uint32":
      return storedWhole(kind, text.length <= exactDigits ? wholeOf(text) : text.toString("latin1"));
  }
}

const one = 0x31;
const minus = 0x2d;
/** Digits up to which every integer is exact as a double. */
const exactDigits = 15;

function wholeOf(text: Buffer): number {
  const isNegative = text[0] === minus;
  let number = 0;
  for (let at = isNegative ? 1 : 0; at < text.length; at++) number = number * 10 + text[at]! - 0x30;
  return isNegative ? -number : number;
}

/** Encodes a whole key as one text: values joined by "|". */
export function keyText(key: readonly ColumnValue[]): string {
  let text = partText(key[0]!);
  for (let at = 1; at < key.length; at++) text += `|${partText(key[at]!)}`;
  return text;
}

function partText(value: ColumnValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "string" ? value.replace(/[%|]/g, escaped) : String(value);
}

const escaped = (letter: string) => (letter === "%" ? "%25" : "%7C");

/** Decodes the values of a key's text. */
export function keyOfText(table: TableLayout, text: string): ColumnValue[] {
  const parts = text.split("|");
  return table.key.map((column, at) => {
    const { kind } = table.columns[column]!;
    const part = parts[at] ?? "";
    if (kind === "bytes") return new Uint8Array(Buffer.from(part, "hex"));
    if (kind === "string") return part.replaceAll("%7C", "|").replaceAll("%25", "%");
    if (kind === "bool") return part === "true";
    return valueOfText(kind, Buffer.from(part));
  });
}

/** Encodes index values as the scripts do in the name of an overlay: each after its length; null is "-". */
export function indexText(values: readonly ColumnValue[]): Text {
  const parts = values.map((value): Text => {
    if (value === null) return "-";
    const text = textOf(value);
    if (typeof text === "string") return `${Buffer.byteLength(text)}:${text}`;
    return Buffer.concat([Buffer.from(`${text.length}:`), text]);
  });
  if (parts.every((part) => typeof part === "string")) return parts.join("");
  return Buffer.concat(parts.map((part) => Buffer.from(part as string)));
}
