import type { Column, Field, Location, Table } from "../../../schema/model.ts";
import { suggestion } from "../../../schema/suggest.ts";
import type { OptionObject } from "../link/option-object.ts";
import type { MessageNode } from "../read/outline.ts";
import type { Mark } from "../read/scanner.ts";
import { describe, isInteger } from "./field.ts";
import type { FileContext } from "./file-context.ts";
import { checkOwner, ownerOf } from "./owner.ts";

/** Names that MySQL accepts without quotes, up to its limit of 64 characters. */
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Names of columns that a schema cannot use, in lower case, each with the reason. */
const reservedColumns: ReadonlyMap<string, string> = new Map([
  ["_version", "every table has this column already"],
  ["db_row_id", "InnoDB has this column already"],
  ["db_trx_id", "InnoDB has this column already"],
  ["db_roll_ptr", "InnoDB has this column already"],
  ["fts_doc_id", "InnoDB reserves this name"],
  // mysql2 closes the connection when a result has a column of such a name.
  ["__proto__", "MySQL's driver rejects this name"],
  ["__definegetter__", "MySQL's driver rejects this name"],
  ["__definesetter__", "MySQL's driver rejects this name"],
  ["__lookupgetter__", "MySQL's driver rejects this name"],
  ["__lookupsetter__", "MySQL's driver rejects this name"],
]);
/** Names of tables that the runtime and SQLite reserve. */
const reservedTable = /^(photinus|sqlite)_/i;
const databaseNameHelp = "use up to 64 letters, digits and _; the first is not a digit";

/** Default of `ttl_s`: an hour. */
const defaultTtlS = 3600;
/** Longest `ttl_s`: a year. */
const maxTtlS = 31_536_000;
/** Default of `max_length`, in characters or bytes. */
const defaultMaxLength = 255;
/** Most bytes in one key or index of InnoDB. */
const maxKeyBytes = 3072;
/** Most columns in one key or index of MySQL; MariaDB allows 32. */
const maxKeyColumns = 16;
/** Most bytes that a MEDIUMTEXT or MEDIUMBLOB of MySQL holds. */
const maxMaxLength = 16_777_215;

/** A table's message, as far as it is built. */
interface TableParts {
  readonly node: MessageNode;
  readonly fields: readonly Field[];
  readonly options: OptionObject;
  /** Column options by name of the field; a field without options is absent. */
  readonly columns: ReadonlyMap<string, OptionObject>;
}

/**
 * Builds the column of a field in a table. A missing option has its default.
 *
 * @param options the field's `(photinus.column)`; undefined when the field has none
 */
export function buildColumn(context: FileContext, field: Field, options: OptionObject | undefined): Column {
  const name = options?.string("name") ?? field.name;
  // A oneof is one column, which is named after the oneof: `checkNames` checks that name.
  if (field.oneof === undefined) checkColumnName(context, name, field.location, options?.at("name"));
  const length = isText(field) ? (options?.number("max_length") ?? defaultMaxLength) : undefined;
  const foreignKey = options?.string("foreign_key");
  const [table = "", column = ""] = foreignKey?.split(".") ?? [];
  return {
    name,
    primaryKey: options?.bool("primary_key") ?? false,
    autoIncrement: options?.bool("auto_increment") ?? false,
    ...(foreignKey === undefined ? {} : { foreignKey: { table, column } }),
    unique: options?.bool("unique") ?? false,
    index: options?.bool("index") ?? false,
    ...(length === undefined ? {} : { maxLength: length }),
    ...ownerOf(options),
  };
}

/**
 * Reports names that a database or its driver rejects.
 *
 * @param place location of the field, for a name that is not declared by an option
 */
function checkColumnName(context: FileContext, name: string, place: Location, at: Mark | undefined): void {
  const owner = reservedColumns.get(name.toLowerCase());
  if (databaseName.test(name) && owner === undefined) return;
  const message = `invalid name of a column: ${JSON.stringify(name)}${owner === undefined ? "" : `; ${owner}`}`;
  const help =
    at === undefined ? `set the column's name by (photinus.column): ${databaseNameHelp}` : databaseNameHelp;
  context.report.add("PH078", context.file.path, at ?? place, message, help);
}

/** Builds the table of a message from its `(photinus.table)`, and reports errors of the table and its columns. */
export function buildTable(context: FileContext, parts: TableParts): Table {
  const { node, options, fields } = parts;
  const name = options.string("name") ?? "";
  const isReserved = reservedTable.test(name);
  if ((!databaseName.test(name) || isReserved) && !(name === "" && options.flawed)) {
    const message =
      name === "" ? `the table ${node.name} has no name` : `invalid name of a table: ${JSON.stringify(name)}`;
    const rule = isReserved
      ? "names that begin with photinus_ or sqlite_ are reserved; use another name"
      : databaseNameHelp;
    const help = name === "" ? 'add name: "..." to (photinus.table)' : rule;
    context.refuse("PH070", options.place("name"), message, help);
  }
  const ttlS = options.number("ttl_s") ?? defaultTtlS;
  if (ttlS < 1 || ttlS > maxTtlS) {
    context.refuse(
      "PH081",
      options.place("ttl_s"),
      `ttl_s is ${ttlS}`,
      `expected 1 to ${maxTtlS} seconds (a year)`,
    );
  }
  const database = options.string("database") ?? "main";
  if (!/^[A-Za-z][\w-]{0,63}$/.test(database)) {
    const help = "use the name of a configured database: a letter, then up to 63 letters, digits, _ or -";
    context.refuse(
      "PH081",
      options.place("database"),
      `invalid name of a database: ${JSON.stringify(database)}`,
      help,
    );
  }
  checkColumns(context, parts);
  return {
    name,
    ttlMs: ttlS * 1000,
    database,
    durability: (options.string("durability") ?? "WRITE_BEHIND") as Table["durability"],
    indexes: buildIndexes(context, options, fields),
  };
}

/** Checks the primary key, and each column with its options. */
function checkColumns(context: FileContext, { node, fields, columns }: TableParts): void {
  const primary = fields.filter(({ column }) => column?.primaryKey);
  const flawed = [...columns.values()].some((options) => options.flawed);
  if (primary.length === 0 && !flawed) {
    const help = "mark a field as the key: uint64 id = 1 [(photinus.column) = { primary_key: true }];";
    context.refuse("PH072", node.at, `the table ${node.name} has no primary key`, help);
  }
  if (keyBytes(primary) > maxKeyBytes) {
    const message = `the primary key of ${node.name} may take ${keyBytes(primary)} bytes`;
    context.refuse("PH077", node.at, message, keyBytesHelp);
  }
  if (primary.length > maxKeyColumns) {
    const message = `the primary key of ${node.name} has ${primary.length} columns`;
    context.refuse("PH083", node.at, message, keyColumnsHelp);
  }
  checkNames(context, node, fields, columns);
  for (const field of fields) {
    const { column } = field;
    if (column === undefined) continue;
    const options = columns.get(field.name);
    const refuse = (
      code: Parameters<FileContext["refuse"]>[0],
      key: string,
      message: string,
      help: string,
    ): void => context.report.add(code, context.file.path, options?.at(key) ?? field.location, message, help);
    for (const key of ["primary_key", "unique", "index", "foreign_key"]) {
      if (options?.get(key) === undefined || options.get(key) === false || isKeyable(field)) continue;
      const help = "use an integer, bool, string, bytes or enum field that is not repeated";
      refuse("PH080", key, `${field.name} cannot have ${key}: it is ${describe(field)}`, help);
    }
    if (field.oneof !== undefined && options?.get("name") !== undefined) {
      const message = `name has no effect on ${field.name}, which is stored in the column of the oneof ${field.oneof}`;
      refuse("PH014", "name", message, "remove it; the column has the name of the oneof");
    }
    if (column.primaryKey && (field.oneof !== undefined || field.label === "optional")) {
      refuse(
        "PH080",
        "primary_key",
        `the primary key ${field.name} may be absent`,
        "remove optional, or move the field out of the oneof",
      );
    }
    if ((column.unique || column.index || column.foreignKey) && keyBytes([field]) > maxKeyBytes) {
      const message = `${field.name} may take ${keyBytes([field])} bytes, more than an index holds`;
      refuse("PH077", "max_length", message, keyBytesHelp);
    }
    if (column.autoIncrement) checkAutoIncrement(field, primary.length, refuse);
    checkOwner(field, fields, options, refuse);
    checkMaxLength(field, options, refuse);
  }
}

/** Reports columns whose names differ only in case, which databases do not distinguish. A oneof is one column. */
function checkNames(
  context: FileContext,
  node: MessageNode,
  fields: readonly Field[],
  columns: TableParts["columns"],
): void {
  const names = new Map<string, string>();
  const add = (name: string, of: string, at: Mark): void => {
    const other = names.get(name.toLowerCase());
    names.set(name.toLowerCase(), other ?? of);
    if (other === undefined) return;
    const help = "rename one of the two columns; databases do not distinguish upper and lower case";
    context.refuse("PH078", at, `${of} and ${other} both have the column ${name}`, help);
  };
  for (const { name, oneof, column, location } of fields) {
    if (column === undefined || oneof !== undefined) continue;
    add(column.name, name, columns.get(name)?.at("name") ?? location);
  }
  for (const { name, at } of node.oneofs) {
    checkColumnName(context, name, context.location(at), undefined);
    add(name, `the oneof ${name}`, at);
  }
}

type Refuse = (code: "PH073" | "PH077", key: string, message: string, help: string) => void;

function checkAutoIncrement(field: Field, primaryCount: number, refuse: Refuse): void {
  const integer = field.label === "single" && field.type.kind === "scalar" && isInteger(field.type.scalar);
  if (!integer) {
    const message = `${field.name} cannot have auto_increment: it is ${describe(field)}`;
    refuse("PH073", "auto_increment", message, "use an integer field, such as uint64");
  } else if (!field.column?.primaryKey) {
    const message = `${field.name} has auto_increment, but is not the primary key`;
    refuse("PH073", "auto_increment", message, "add primary_key: true, or remove auto_increment");
  } else if (primaryCount > 1) {
    const message = `${field.name} has auto_increment in a primary key of ${primaryCount} columns`;
    refuse("PH073", "auto_increment", message, "remove auto_increment, or use a primary key of one column");
  }
}

function checkMaxLength(field: Field, options: OptionObject | undefined, refuse: Refuse): void {
  const length = options?.number("max_length");
  if (length === undefined) return;
  if (!isText(field)) {
    const message = `${field.name} has max_length, but is ${describe(field)}`;
    refuse("PH077", "max_length", message, "remove it; only string and bytes columns have a length");
  } else if (length < 1 || length > maxMaxLength) {
    refuse(
      "PH077",
      "max_length",
      `max_length is ${length}`,
      `expected 1 to ${maxMaxLength} characters or bytes`,
    );
  }
}

/** Builds the indexes of `(photinus.table)` and reports their errors. The columns stay names of fields. */
function buildIndexes(
  context: FileContext,
  options: OptionObject,
  fields: readonly Field[],
): Table["indexes"] {
  return options.list("index").flatMap((item) => {
    if (typeof item !== "object") return [];
    const columns = item.list("columns").filter((name) => typeof name === "string");
    const at = item.place("columns");
    if (columns.length === 0) context.refuse("PH076", at, "the index has no columns", 'add columns: ["..."]');
    columns.forEach((name, i) => {
      const field = fields.find((candidate) => candidate.name === name);
      if (field === undefined) {
        const names = fields.map((candidate) => candidate.name);
        context.refuse(
          "PH076",
          at,
          `the index names ${name}, which is not a field of the message`,
          suggestion(name, names),
        );
      } else if (!isKeyable(field)) {
        const help = "use integer, bool, string, bytes or enum fields that are not repeated";
        context.refuse("PH076", at, `${name} cannot be in an index: it is ${describe(field)}`, help);
      } else if (columns.indexOf(name) !== i) {
        context.refuse("PH076", at, `the index names ${name} twice`, "remove one of the two");
      }
    });
    if (columns.length > maxKeyColumns) {
      context.refuse("PH083", at, `the index has ${columns.length} columns`, keyColumnsHelp);
    }
    const size = keyBytes(fields.filter(({ name }) => columns.includes(name)));
    if (size > maxKeyBytes) {
      context.refuse("PH077", at, `the index may take ${size} bytes`, keyBytesHelp);
    }
    return [{ columns, unique: item.bool("unique") }];
  });
}

const keyBytesHelp = `reduce max_length of its strings and bytes; a key has at most ${maxKeyBytes} bytes, four for each character`;

const keyColumnsHelp = `use fewer fields; a key has at most ${maxKeyColumns} columns`;

/** Longest key of these fields, in bytes. */
function keyBytes(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + columnBytes(field), 0);
}

/** Longest value of a column in a key, in bytes. A character takes four in utf8mb4. */
function columnBytes({ type, column }: Field): number {
  if (type.kind !== "scalar") return 4;
  if (column?.maxLength !== undefined) return column.maxLength * (type.scalar === "string" ? 4 : 1);
  return type.scalar === "bool" ? 1 : /32/.test(type.scalar) ? 4 : 8;
}

/** True for a single string or bytes field, whose column has a maximum length. */
function isText({ type, label }: Field): boolean {
  const text = type.kind === "scalar" && (type.scalar === "string" || type.scalar === "bytes");
  return text && (label === "single" || label === "optional");
}

/** True for a field whose column can be in a key or an index. */
function isKeyable({ type, label, oneof }: Field): boolean {
  // A oneof is one encoded column for all of its fields.
  if (oneof !== undefined || label === "repeated" || label === "map" || type.kind === "message") return false;
  return type.kind === "enum" || (type.scalar !== "double" && type.scalar !== "float");
}
