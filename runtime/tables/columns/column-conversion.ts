import type { MessageType } from "../../wire/codec/codec-runtime.ts";
import type { ColumnDescriptor, ColumnValue } from "../table-layout.ts";
import { columnValue, timestampOf } from "./column-value.ts";

/** What a column's values are turned with. */
export interface ConvertedColumn {
  readonly table: string;
  readonly column: ColumnDescriptor;
  /** The type of the whole row: the bytes of a column of messages are those of such a message with one field. */
  readonly message: MessageType<object>;
}

/**
 * Makes the function that turns a property's value into its column's; null stands for undefined. It throws INVALID_ARGUMENT
 * for a value that the column cannot hold.
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

/** Makes the function that turns a column's value into its property's; undefined stands for null. */
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
