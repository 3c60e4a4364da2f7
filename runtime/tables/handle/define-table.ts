import { fail } from "../../../schema/errors.ts";
import type { MessageInit, MessageType } from "../../wire/codec/codec-runtime.ts";
import { fromColumnValue, toColumnValue } from "../columns/column-conversion.ts";
import { mysqlStatements, sqliteStatements } from "../sql/table-statements.ts";
import type { ColumnDescriptor, ColumnValue, IndexDescriptor, TableLayout } from "../table-layout.ts";
import type { Table, TableShape } from "./table-shape.ts";

/** Object with properties by name. */
type Properties = Record<string, unknown>;

/** Type with optional properties, which have defaults. */
type Optional<T, P extends keyof T> = Omit<T, P> & Partial<Pick<T, P>>;

/** Column in generated code. Defaults: not nullable, `maxLength` 0. */
export type ColumnDefinition = Optional<ColumnDescriptor, "nullable" | "maxLength">;

/** Index in generated code. Default: not unique. */
export type IndexDefinition = Optional<IndexDescriptor, "unique">;

/** Table in generated code; {@link defineTable} derives the rest. */
export interface TableDefinition<S extends TableShape>
  extends Pick<
    Table<S>,
    "name" | "ttlMs" | "key" | "former" | "owner" | "forget" | "entity" | "valuesOf" | "rowOf"
  > {
  /** Database of the table. Default "main". */
  readonly database?: string;
  /** Acknowledgement of changes. Default "write-behind". */
  readonly durability?: TableLayout["durability"];
  /** Columns in order of field number. */
  readonly columns: readonly ColumnDefinition[];
  /** Position of the auto-increment column. Default -1: none. */
  readonly autoIncrement?: number;
  /** Indexes other than the key. Default: none. */
  readonly indexes?: readonly IndexDefinition[];
  /** Fields of removed columns, which journal entries may still have. Default: none. */
  readonly retired?: readonly string[];
  /** Message type of a row. */
  readonly message: MessageType<S["row"]>;
}

/**
 * Creates a table from its definition in generated code. SQL is composed on first use, so that a process has only the
 * statements of its own kind of database.
 */
export function defineTable<S extends TableShape>(definition: TableDefinition<S>): Table<S> {
  const { name, key, message, former } = definition;
  const columns = definition.columns.map(columnOf);
  const indexes = (definition.indexes ?? []).map((index) => ({ unique: false, ...index }));
  const layout = { name, columns, key, indexes };
  const of = (column: ColumnDescriptor) => ({ table: name, column, message: message as MessageType<object> });
  const toColumn = columns.map((column) => toColumnValue(of(column)));
  const keyColumns = key.map((at) => columns[at]!);
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
    owner: definition.owner ?? -1,
    forget: definition.forget ?? "delete",
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
      if (convert === undefined)
        throw fail("INTERNAL", `unknown column index ${column} of the table ${definition.name}`);
      return convert(value);
    },
    rowOf: definition.rowOf,
    keyOf: keyOfRow(keyColumns),
    // The compiler cannot see that a partial row is a valid init of the message.
    newRow: (init?: Partial<S["row"]>) => message.create(init as MessageInit<S["row"]>),
    keyValues,
    keyFrom: tupleFrom(
      keyColumns,
      keyColumns.map((column) => fromColumnValue(of(column))),
    ),
    indexValues(index: number, value: unknown) {
      const values = indexValues[index];
      if (values === undefined) throw fail("INTERNAL", `unknown index ${index}`);
      return values(value);
    },
    entity: definition.entity,
  });
}

/** Gives all column objects the same shape, so that property access stays fast. */
function columnOf(column: ColumnDefinition): ColumnDescriptor {
  const { property, field, name, kind, mysql, nullable = false, maxLength = 0 } = column;
  const { asNumber = false, former = [], dataClass = "PLAIN", secrets = [] } = column;
  return { property, field, name, kind, mysql, nullable, maxLength, asNumber, former, dataClass, secrets };
}

/**
 * Converter from a key or index value to column values. The value is a property's value for one column, else an object of
 * properties.
 */
function valuesOfTuple(
  positions: readonly number[],
  columns: readonly ColumnDescriptor[],
  toColumn: readonly ((value: unknown) => ColumnValue)[],
): (tuple: unknown) => ColumnValue[] {
  const parts = positions.map((at) => ({ property: columns[at]!.property, convert: toColumn[at]! }));
  const [first, ...more] = parts;
  if (first !== undefined && more.length === 0) {
    const { convert } = first;
    return (tuple) => [convert(tuple)];
  }
  return (tuple) => {
    const values: ColumnValue[] = [];
    for (const { property, convert } of parts) values.push(convert((tuple as Properties)[property]));
    return values;
  };
}

/** Converter from column values to a key, the inverse of {@link valuesOfTuple}. */
function tupleFrom(
  columns: readonly ColumnDescriptor[],
  fromColumn: readonly ((value: ColumnValue) => unknown)[],
): (values: readonly ColumnValue[]) => unknown {
  const [first, ...more] = fromColumn;
  if (first !== undefined && more.length === 0) return (values) => first(values[0]!);
  return (values) => {
    const tuple: Properties = {};
    for (let at = 0; at < columns.length; at++) tuple[columns[at]!.property] = fromColumn[at]!(values[at]!);
    return tuple;
  };
}

function keyOfRow(columns: readonly ColumnDescriptor[]): (row: object) => unknown {
  const [first, ...more] = columns.map(({ property }) => property);
  if (first !== undefined && more.length === 0) return (row) => (row as Properties)[first];
  return (row) => {
    const key: Properties = {};
    for (const { property } of columns) key[property] = (row as Properties)[property];
    return key;
  };
}
