import type { Column, DataClass, Field, Message, Table } from "../../schema/model.ts";
import { type Member, membersOf } from "../members.ts";

/** A message with the option `(photinus.table)`. */
export type TableMessage = Message & { readonly table: Table };

/** Whether a message declares a table. */
export function isTable(message: Message): message is TableMessage {
  return message.table !== undefined;
}

const timestampMessage = "google.protobuf.Timestamp";

/** Kind of a column's value; determines the column's type in each database. */
export type ColumnKind =
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float"
  | "double"
  | "bool"
  | "string"
  | "bytes"
  /** Microseconds since 1970-01-01 UTC, from a `google.protobuf.Timestamp`. */
  | "timestamp"
  /** Protobuf bytes of a message that holds this member alone: a list, a map, a oneof or a message. */
  | "message";

/** Column of a table, in the terms of databases. Names in a language are made by the target of that language. */
export interface TableColumn {
  /** Field or oneof that the column stores. */
  readonly member: Member;
  /** Name in the database. */
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  /** Greatest length of a string (characters) or bytes column (bytes); 0 for other kinds. */
  readonly maxLength: number;
  readonly isKey: boolean;
  /** Whether the column is part of the primary key or of an index. */
  readonly isKeyed: boolean;
  /** Highest data class of the column's fields, including fields of messages inside. */
  readonly dataClass: DataClass;
  /** Paths of field names to the secrets in a column that is not a secret as a whole. */
  readonly secrets: readonly (readonly string[])[];
}

/** Secondary index of a table. */
export interface TableIndex {
  /** Name in the database. */
  readonly name: string;
  /** Positions of the index's columns in {@link TableLayout.columns}. */
  readonly columns: readonly number[];
  readonly unique: boolean;
  /** Target of the foreign key that the index was made for; undefined for other indexes. */
  readonly references?: Column["foreignKey"];
}

/** Table in the terms of databases, from which every target that emits tables works. */
export interface TableLayout {
  readonly message: Message;
  readonly table: Table;
  readonly columns: readonly TableColumn[];
  /** Positions of the primary key's columns in `columns`. */
  readonly key: readonly number[];
  /** Position of the auto-increment column, -1 for none. */
  readonly autoIncrement: number;
  readonly indexes: readonly TableIndex[];
  /** Position of the column with the user id of the person whom a row belongs to, -1 for none. */
  readonly owner: number;
  /** Effect of `photinus data forget` on rows of that person. */
  readonly forget: NonNullable<Column["forget"]>;
}

/** Lays out the table of a message. Each list, map, message and oneof is one column. */
export function layOut(message: TableMessage): TableLayout {
  const { table } = message;
  const members = membersOf(message);
  const single = message.fields.filter((field) => field.oneof === undefined);
  const inIndex = new Set(table.indexes.flatMap((index) => index.columns));
  const columns = members.map((member) => columnOf(member, inIndex));
  const position = (field: Field) =>
    members.findIndex((member) => "field" in member && member.field === field);
  const key = single.filter((field) => field.column?.primaryKey).map(position);
  const auto = single.find((field) => field.column?.autoIncrement);
  const owner = single.find((field) => field.column?.owner);
  return {
    message,
    table,
    columns,
    key,
    autoIncrement: auto === undefined ? -1 : position(auto),
    indexes: indexesOf(table, single, columns, position),
    owner: owner === undefined ? -1 : position(owner),
    forget: owner?.column?.forget ?? "DELETE",
  };
}

/** Makes the column of a member. A oneof is nullable: null means that no case is set. */
function columnOf(member: Member, inIndex: ReadonlySet<string>): TableColumn {
  if ("oneof" in member) {
    const { name } = member.oneof;
    const dataClass = classOf(member.fields);
    return {
      ...{ member, name, kind: "message", nullable: true, maxLength: 0, isKey: false, isKeyed: false },
      ...{ dataClass, secrets: [] },
    };
  }
  const { field } = member;
  const { column } = field;
  const isKey = column?.primaryKey ?? false;
  const isKeyed = isKey || column?.unique || column?.index || column?.foreignKey !== undefined;
  return {
    member,
    name: column?.name ?? field.name,
    kind: kindOf(field),
    nullable: field.label === "optional",
    maxLength: column?.maxLength ?? 0,
    isKey,
    isKeyed: isKeyed || inIndex.has(field.name),
    dataClass: classOf([field]),
    secrets: column?.secrets ?? [],
  };
}

/** Highest data class of the columns of these fields. */
function classOf(fields: readonly Field[]): DataClass {
  const classes = fields.map(({ column }) => column?.dataClass ?? "PLAIN");
  return classes.includes("SECRET") ? "SECRET" : classes.includes("PERSONAL") ? "PERSONAL" : "PLAIN";
}

/** Returns the kind of a field's column. The wire encodings of a number (zigzag, fixed) make no difference in a database. */
function kindOf(field: Field): ColumnKind {
  const { type, label } = field;
  if (label === "repeated" || label === "map") return "message";
  if (type.kind === "message") return type.name === timestampMessage ? "timestamp" : "message";
  if (type.kind === "enum") return "int32";
  switch (type.scalar) {
    case "sint32":
    case "sfixed32":
      return "int32";
    case "fixed32":
      return "uint32";
    case "sint64":
    case "sfixed64":
      return "int64";
    case "fixed64":
      return "uint64";
    default:
      return type.scalar;
  }
}

/**
 * Returns the indexes that columns declare, in column order, then those of the table. Two declarations over the same columns become
 * one index.
 */
function indexesOf(
  table: Table,
  fields: readonly Field[],
  columns: readonly TableColumn[],
  position: (field: Field) => number,
): TableIndex[] {
  const found = new Map<string, TableIndex>();
  const add = (positions: readonly number[], unique: boolean, references?: Column["foreignKey"]): void => {
    const former = found.get(positions.join());
    const names = positions.map((at) => columns[at]!.name);
    const target = references ?? former?.references;
    found.set(positions.join(), {
      name: former?.name ?? freeName(names.join("_"), found.values()),
      columns: positions,
      unique: unique || (former?.unique ?? false),
      ...(target === undefined ? {} : { references: target }),
    });
  };
  for (const field of fields) {
    const { column } = field;
    if (column === undefined) continue;
    if (column.unique || column.index || column.foreignKey) {
      add([position(field)], column.unique, column.foreignKey);
    }
  }
  for (const index of table.indexes) {
    const positions = index.columns.flatMap((name) => {
      const field = fields.find((candidate) => candidate.name === name);
      return field === undefined ? [] : [position(field)];
    });
    if (positions.length > 0) add(positions, index.unique);
  }
  return [...found.values()];
}

/** Longest name that MySQL accepts, in characters. */
const nameLength = 64;
/** Names that MySQL reserves: its primary key, and the index that InnoDB makes for a table without one. */
const reservedIndexes = Object.freeze(["primary", "gen_clust_index"]);

/** Returns a name that no other index has: the wanted one, or that name with a number at the end. MySQL ignores case in names. */
function freeName(name: string, others: Iterable<TableIndex>): string {
  const taken = new Set([...reservedIndexes, ...Array.from(others, (other) => other.name.toLowerCase())]);
  let free = name.slice(0, nameLength);
  for (let count = 2; taken.has(free.toLowerCase()); count++) {
    const end = `_${count}`;
    free = `${name.slice(0, nameLength - end.length)}${end}`;
  }
  return free;
}
