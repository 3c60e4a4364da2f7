import type { ColumnKind, ColumnValue, TableLayout } from "../descriptor.ts";

/** What Redis is given: texts go as UTF-8. */
export type Text = string | Buffer;

/** A value's text in Redis. Null has none: its field is absent. */
export function textOf(value: Exclude<ColumnValue, null>): Text {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  // A number's shortest text that gives the same number back.
  return String(value);
}

/** The value of a text from Redis; columns of bytes need bytes. */
export function valueOfText(kind: ColumnKind, text: Text): ColumnValue {
  switch (kind) {
    case "string":
      return typeof text === "string" ? text : text.toString("utf8");
    case "bytes":
    case "message":
      return new Uint8Array(typeof text === "string" ? Buffer.from(text) : text);
    case "bool":
      return latin(text) === "1";
    case "int64":
    case "uint64":
    case "timestamp":
      return bigOf(latin(text));
    default:
      return Number(latin(text));
  }
}

/** Whether a table's rows can be read as texts. */
export function isTextOnly({ columns }: TableLayout): boolean {
  return columns.every(({ kind }) => kind !== "bytes" && kind !== "message");
}

function latin(text: Text): string {
  return typeof text === "string" ? text : text.toString("latin1");
}

function bigOf(text: string): bigint {
  // Most are small, and a BigInt of a number is made faster than one of a text.
  return text.length < 16 ? BigInt(Number(text)) : BigInt(text);
}

/** One text for a whole key: values joined by "|". */
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

/** The values of a key's text. */
export function keyOfText(table: TableLayout, text: string): ColumnValue[] {
  const parts = text.split("|");
  return table.key.map((column, at) => {
    const { kind } = table.columns[column]!;
    const part = parts[at] ?? "";
    if (kind === "bytes") return new Uint8Array(Buffer.from(part, "hex"));
    if (kind === "string") return part.replaceAll("%7C", "|").replaceAll("%25", "%");
    if (kind === "bool") return part === "true";
    return valueOfText(kind, part);
  });
}

/** Index values as the Lua functions write them in the name of an overlay: each with its length; null is "-". */
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
