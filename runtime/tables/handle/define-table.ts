import { fail } from "../../../schema/errors.ts";
import type { MessageInit, MessageType } from "../../wire/codec/codec-runtime.ts";
import { fromColumnValue, toColumnValue } from "../columns/column-conversion.ts";
import { mysqlStatements, sqliteStatements } from "../sql/table-statements.ts";
import type { ColumnDescriptor, ColumnValue, IndexDescriptor, TableLayout } from "../table-layout.ts";
import type { Table, TableShape } from "./table-shape.ts";

/** A property without a value has its default. */
type Optional<T, P extends keyof T> = Omit<T, P> & Partial<Pick<T, P>>;

/** A column as generated code says it; defaults: not nullable, a `maxLength` of 0. */
export type ColumnDefinition = Optional<ColumnDescriptor, "nullable" | "maxLength">;

/** An index as generated code says it; default: not unique. */
export type IndexDefinition = Optional<IndexDescriptor, "unique">;

/** What generated code says of a table; all else follows from it. */
export interface TableDefinition<S extends TableShape>
  extends Pick<Table<S>, "name" | "ttlMs" | "key" | "former" | "entity" | "valuesOf" | "rowOf"> {
  /** Default "main". */
  readonly database?: string;
  /** Default "write-behind". */
  readonly durability?: TableLayout["durability"];
  readonly columns: readonly ColumnDefinition[];
  /** Default -1: no column counts by itself. */
  readonly autoIncrement?: number;
  /** Default none. */
  readonly indexes?: readonly IndexDefinition[];
  /** Default none. */
  readonly retired?: readonly string[];
  /** The message that a row is. */
  readonly message: MessageType<S["row"]>;
}

/**
 * Makes a table of what generated code says of it. Its SQL is put together when it is first asked for, so that a process has
 * that of its own database alone.
 */
export function defineTable<S extends TableShape>(definition: TableDefinition<S>): Table<S> {
  const { name, key, message, former } = definition;
  const columns = definition.columns.map(columnOf);
  const indexes = (definition.indexes ?? []).map((index) => ({ unique: false, ...index }));
  const layout = { name, columns, key, indexes };
  const of = (column: ColumnDescriptor) => ({ table: name, column, message: message as MessageType<object> });
  const toColumn = columns.map((column) => toColumnValue(of(column)));
  const keyFrom = tupleFrom(key.map((at) => [columns[at]!.property, fromColumnValue(of(columns[at]!))]));
  const keyValues = valuesOfTuple(key, columns, toColumn);
  const indexValues = indexes.map((index) => valuesOfTuple(index.columns, columns, toColumn));
  let mysql: TableLayout["mysql"] | undefined;
  let sqlite: TableLayout["sqlite"] | undefined;
  return Object.freeze({
    name,
    database: definition.database ?? "main",
    ttlMs: definition.ttlMs,
    durability: definition.durability ?? "write-behind",
    columns,
    key,
    autoIncrement: definition.autoIncrement ?? -1,
    indexes,
    retired: definition.retired ?? [],
    ...(former === undefined ? {} : { former }),
    get mysql() {
      mysql ??= mysqlStatements(layout);
      return mysql;
    },
    get sqlite() {
      sqlite ??= sqliteStatements(layout);
      return sqlite;
    },
    valuesOf: definition.valuesOf,
    valueOf(column: number, value: unknown) {
      const convert = toColumn[column];
      if (convert === undefined) throw fail("INTERNAL", `there is no column ${column}`);
      return convert(value);
    },
    rowOf: definition.rowOf,
    keyOf: keyOfRow(key.map((at) => columns[at]!.property)),
    // The compiler does not see that whole values of a type parameter are such as may be partial.
    newRow: (init?: Partial<S["row"]>) => message.create(init as MessageInit<S["row"]>),
    keyValues,
    keyFrom,
    indexValues(index: number, value: unknown) {
      const values = indexValues[index];
      if (values === undefined) throw fail("INTERNAL", `there is no index ${index}`);
      return values(value);
    },
    entity: definition.entity,
  });
}

/** All columns have one form, so that reading them stays fast. */
function columnOf(column: ColumnDefinition): ColumnDescriptor {
  const { property, field, name, kind, mysql, nullable = false, maxLength = 0 } = column;
  const { asNumber = false, former = [] } = column;
  return { property, field, name, kind, mysql, nullable, maxLength, asNumber, former };
}

/** The values of a key or an index: of one column its property's value, of several an object of them. */
function valuesOfTuple(
  positions: readonly number[],
  columns: readonly ColumnDescriptor[],
  toColumn: readonly ((value: unknown) => ColumnValue)[],
): (tuple: unknown) => ColumnValue[] {
  const parts = positions.map((at) => ({ property: columns[at]!.property, convert: toColumn[at]! }));
  const [first, ...more] = parts;
  if (first !== undefined && more.length === 0) return (tuple) => [first.convert(tuple)];
  return (tuple) => parts.map(({ property, convert }) => convert(Reflect.get(tuple as object, property)));
}

/** The key that columns' values are, the other way round. */
function tupleFrom(
  parts: readonly (readonly [string, (value: ColumnValue) => unknown])[],
): (values: readonly ColumnValue[]) => unknown {
  const [first, ...more] = parts;
  if (first !== undefined && more.length === 0) {
    const [, convert] = first;
    return (values) => convert(values[0]!);
  }
  return (values) =>
    Object.fromEntries(parts.map(([property, convert], at) => [property, convert(values[at]!)]));
}

function keyOfRow(properties: readonly string[]): (row: object) => unknown {
  const [first, ...more] = properties;
  if (first !== undefined && more.length === 0) return (row) => Reflect.get(row, first);
  return (row) => Object.fromEntries(properties.map((property) => [property, Reflect.get(row, property)]));
}
