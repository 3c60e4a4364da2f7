import type { MessageType } from "../../wire/codec/codec-runtime.ts";
import type { ColumnDescriptor, ColumnValue } from "../table-layout.ts";
import { columnValue, timestampOf } from "./column-value.ts";

/** Context of a column's conversion. */
export interface ConvertedColumn {
  /** Name of the table, for error messages. */
  readonly table: string;
  readonly column: ColumnDescriptor;
  /** Message type of the whole row; a column of kind "message" stores this type with one field set. */
  readonly message: MessageType<object>;
}

/**
 * Returns the converter from a property's value to its column's value; undefined becomes null in a nullable column. The
 * converter throws INVALID_ARGUMENT for a value that the column cannot hold.
 */
export function toColumnValue(converted: ConvertedColumn): (value: unknown) => ColumnValue {
  const convert = presentValue(converted);
  return converted.column.nullable ? (value) => (value === undefined ? null : convert(value)) : convert;
}

function presentValue({ table, column, message }: ConvertedColumn): (value: unknown) => ColumnValue {
  const { property, kind, asNumber = false, maxLength } = column;
  const place = `${table}.${property}`;
  switch (kind) {
    case "int64":
      return asNumber
        ? (value) => columnValue.int53(place, value)
        : (value) => columnValue.int64(place, value);
    case "uint64":
      return asNumber
        ? (value) => columnValue.uint53(place, value)
        : (value) => columnValue.uint64(place, value);
    case "string":
    case "bytes":
      return (value) => columnValue[kind](place, value, maxLength);
    case "message":
      return (value) => columnValue.message(place, message, { ...message.create(), [property]: value });
    default:
      return (value) => columnValue[kind](place, value);
  }
}

/** Returns the converter from a column's value to its property's value; null becomes undefined. */
export function fromColumnValue(converted: ConvertedColumn): (value: ColumnValue) => unknown {
  const convert = presentProperty(converted);
  return converted.column.nullable ? (value) => (value === null ? undefined : convert(value)) : convert;
}

function presentProperty({ table, column, message }: ConvertedColumn): (value: ColumnValue) => unknown {
  const { property, kind, asNumber = false } = column;
  switch (kind) {
    case "timestamp":
      return (value) => timestampOf(value as bigint);
    case "message":
      return (value) => Reflect.get(columnValue.messageOf(`${table}.${property}`, message, value), property);
    default:
      return asNumber ? Number : (value) => value;
  }
}
