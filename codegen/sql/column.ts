import type { Column, Field, Message, Table } from "../../schema/model.ts";
import type { LockedMessage } from "../lock/lock.ts";
import { formerNames, formerOneofs, retiredColumns } from "../lock/retired.ts";
import type { FormerTable } from "../lock/tables.ts";
import { type Member, membersOf } from "../typescript/messages/shape.ts";
import { pascalCase, propertyName } from "../typescript/naming.ts";

export const timestampMessage = "google.protobuf.Timestamp";

/** The kinds that the runtime's column descriptors know. */
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
  | "timestamp"
  | "message";

/** A column of a table, as its emitters need it. */
export interface TableColumn {
  readonly member: Member;
  readonly property: string;
  /** In the cache: the field's number, which stays what it is when others come and go; of a oneof "o:" and its name. */
  readonly field: string;
  /** In the database. */
  readonly name: string;
  /** What it may be called in a database of an earlier schema, the last first. */
  readonly former: readonly string[];
  readonly kind: ColumnKind;
  readonly nullable: boolean;
  readonly maxLength: number;
  readonly asNumber: boolean;
  readonly isKey: boolean;
  /** Part of the key or of an index. */
  readonly isKeyed: boolean;
}

/** An index of a table. */
export interface TableIndex {
  readonly name: string;
  readonly property: string;
  readonly columns: readonly number[];
  readonly unique: boolean;
  readonly references?: Column["foreignKey"];
}

/** A table, laid out: what every emitter of its code works from. */
export interface TableLayout {
  readonly message: Message;
  readonly table: Table;
  readonly columns: readonly TableColumn[];
  /** Positions of the key's columns. */
  readonly key: readonly number[];
  readonly autoIncrement: number;
  readonly indexes: readonly TableIndex[];
  /** Fields of columns that the table had once. */
  readonly retired: readonly string[];
  /** What the table was in earlier schemas, the last first. */
  readonly former: readonly FormerTable[];
}

/** Lays out the table of a message. A oneof is one column, as are lists, maps and messages. */
export function layOut(
  message: Message,
  table: Table,
  locked?: LockedMessage,
  former: readonly FormerTable[] = [],
): TableLayout {
  const members = membersOf(message);
  const single = message.fields.filter((field) => field.oneof === undefined);
  const inIndex = new Set(table.indexes.flatMap((index) => index.columns));
  const columns = members.map((member) => columnOf(member, inIndex, locked));
  const position = (field: Field) =>
    members.findIndex((member) => "field" in member && member.field === field);
  const key = single.filter((field) => field.column?.primaryKey).map(position);
  const auto = single.find((field) => field.column?.autoIncrement);
  return {
    message,
    table,
    columns,
    key,
    autoIncrement: auto === undefined ? -1 : position(auto),
    indexes: indexesOf(table, single, columns, position),
    retired: retiredColumns(locked, columns),
    former,
  };
}

function columnOf(member: Member, inIndex: ReadonlySet<string>, locked?: LockedMessage): TableColumn {
  if ("oneof" in member) {
    const property = propertyName(member.oneof.name);
    const { name } = member.oneof;
    const former = formerOneofs(locked, member.fields, name);
    const plain = { former, isKey: false, isKeyed: false, maxLength: 0, asNumber: false };
    return { member, property, field: `o:${name}`, name, kind: "message", nullable: true, ...plain };
  }
  const { field } = member;
  const { column } = field;
  const kind = kindOf(field);
  const isKey = column?.primaryKey ?? false;
  const name = column?.name ?? field.name;
  const isKeyed = isKey || column?.unique || column?.index || column?.foreignKey !== undefined;
  return {
    member,
    property: propertyName(field.name),
    field: String(field.number),
    name,
    former: formerNames(locked, field, name),
    kind,
    nullable: field.label === "optional",
    maxLength: column?.maxLength ?? 0,
    asNumber: field.jsNumber && (kind === "int64" || kind === "uint64"),
    isKey,
    isKeyed: isKeyed || inIndex.has(field.name),
  };
}

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

/** Indexes that columns declare, in their order, then indexes of the table; none twice. */
function indexesOf(
  table: Table,
  fields: readonly Field[],
  columns: readonly TableColumn[],
  position: (field: Field) => number,
): TableIndex[] {
  const found = new Map<string, TableIndex>();
  const add = (positions: readonly number[], unique: boolean, references?: Column["foreignKey"]): void => {
    const used = positions.map((at) => columns[at]!);
    const former = found.get(positions.join());
    const name = former?.name ?? freeName(used.map((column) => column.name).join("_"), found.values());
    const property = used.map(({ property: part }, at) => (at === 0 ? part : pascalCase(part))).join("");
    const target = references ?? former?.references;
    found.set(positions.join(), {
      name,
      property,
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

/** What MySQL takes as a name, at its longest. */
const nameLength = 64;
/** MySQL's primary key, and that which InnoDB makes for a table without one. */
const reservedIndexes = Object.freeze(["primary", "gen_clust_index"]);

/** The name, or with a number at the end when another index has it. */
function freeName(name: string, others: Iterable<TableIndex>): string {
  const taken = new Set([...reservedIndexes, ...Array.from(others, (other) => other.name.toLowerCase())]);
  let free = name.slice(0, nameLength);
  for (let count = 2; taken.has(free.toLowerCase()); count++) {
    const end = `_${count}`;
    free = `${name.slice(0, nameLength - end.length)}${end}`;
  }
  return free;
}
