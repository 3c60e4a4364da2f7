import type { Column, Field, Table } from "../../../schema/model.ts";
import type { OptionObject } from "../link/option-object.ts";
import { suggestion } from "../link/suggest.ts";
import type { MessageNode } from "../read/outline.ts";
import type { FileContext } from "./context.ts";
import { isInteger } from "./field.ts";

/** What MySQL takes as a name without quotes, at its longest. */
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const databaseNameHelp = "use letters, digits and _, not a digit first, at most 64";

const defaultTtlS = 3600;
const maxTtlS = 31_536_000;
const defaultMaxLength = 255;
/** The most that MySQL's MEDIUMTEXT and MEDIUMBLOB hold. */
const maxMaxLength = 16_777_215;

interface TableParts {
  readonly node: MessageNode;
  readonly fields: readonly Field[];
  readonly options: OptionObject;
  /** Column options by field's name. */
  readonly columns: ReadonlyMap<string, OptionObject>;
}

/** The column of a field in a table; all that it leaves out has its default. */
export function buildColumn(context: FileContext, field: Field, options: OptionObject | undefined): Column {
  const name = options?.string("name") ?? field.name;
  if (!databaseName.test(name)) {
    const at = options?.at("name");
    context.report.add(
      "PH078",
      context.file.path,
      at ?? field.location,
      `${JSON.stringify(name)} cannot name a column`,
      at === undefined ? `give the column a name of its own: ${databaseNameHelp}` : databaseNameHelp,
    );
  }
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
  };
}

export function buildTable(context: FileContext, parts: TableParts): Table {
  const { node, options, fields } = parts;
  const name = options.string("name") ?? "";
  if (!databaseName.test(name) && !(name === "" && options.flawed)) {
    const message =
      name === "" ? `the table ${node.name} has no name` : `${JSON.stringify(name)} cannot name a table`;
    const help = name === "" ? 'add name: "..." to (photinus.table)' : databaseNameHelp;
    context.refuse("PH070", options.place("name"), message, help);
  }
  const ttlS = options.number("ttl_s") ?? defaultTtlS;
  if (ttlS < 1 || ttlS > maxTtlS) {
    context.refuse("PH081", options.place("ttl_s"), `ttl_s is ${ttlS}`, `write 1 to ${maxTtlS} (seconds)`);
  }
  const database = options.string("database") ?? "main";
  if (!/^[A-Za-z][\w-]{0,63}$/.test(database)) {
    const help = "use the name of a database of your configuration: letters, digits, _ and -";
    context.refuse(
      "PH081",
      options.place("database"),
      `${JSON.stringify(database)} cannot name a database`,
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

function checkColumns(context: FileContext, { node, fields, columns }: TableParts): void {
  const primary = fields.filter(({ column }) => column?.primaryKey);
  const flawed = [...columns.values()].some((options) => options.flawed);
  if (primary.length === 0 && !flawed) {
    const help = "mark its key, as in: uint64 id = 1 [(photinus.column) = { primary_key: true }];";
    context.refuse("PH072", node.at, `the table ${node.name} has no primary key`, help);
  }
  const names = new Map<string, string>();
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
    const other = names.get(column.name.toLowerCase());
    if (other !== undefined) {
      const help = `give one of the two another column name; a database does not tell capitals from small letters`;
      refuse("PH078", "name", `${field.name} and ${other} have the same column, ${column.name}`, help);
    }
    names.set(column.name.toLowerCase(), field.name);
    for (const key of ["primary_key", "unique", "index", "foreign_key"]) {
      if (options?.get(key) === undefined || options.get(key) === false || isKeyable(field)) continue;
      const help = "use an integer, bool, string, bytes or enum field that is not repeated";
      refuse("PH080", key, `${field.name} cannot have ${key}: it is ${describe(field)}`, help);
    }
    if (column.primaryKey && (field.oneof !== undefined || field.label === "optional")) {
      refuse("PH080", "primary_key", `${field.name} may be absent`, "a primary key must always be there");
    }
    if (column.autoIncrement) checkAutoIncrement(field, primary.length, refuse);
    checkMaxLength(field, options, refuse);
  }
}

type Refuse = (code: "PH073" | "PH077", key: string, message: string, help: string) => void;

function checkAutoIncrement(field: Field, primaryCount: number, refuse: Refuse): void {
  const integer = field.label === "single" && field.type.kind === "scalar" && isInteger(field.type.scalar);
  if (!integer) {
    const message = `${field.name} cannot count up: it is ${describe(field)}`;
    refuse("PH073", "auto_increment", message, "use an integer field, such as uint64");
  } else if (!field.column?.primaryKey) {
    const message = `${field.name} counts up, but is not the primary key`;
    refuse("PH073", "auto_increment", message, "add primary_key: true, or remove auto_increment");
  } else if (primaryCount > 1) {
    const message = `${field.name} counts up in a primary key of ${primaryCount} columns`;
    refuse("PH073", "auto_increment", message, "only a primary key of one column can count up");
  }
}

function checkMaxLength(field: Field, options: OptionObject | undefined, refuse: Refuse): void {
  const length = options?.number("max_length");
  if (length === undefined) return;
  if (!isText(field)) {
    const message = `${field.name} has max_length, but is ${describe(field)}`;
    refuse("PH077", "max_length", message, "remove it: only string and bytes columns have a length");
  } else if (length < 1 || length > maxMaxLength) {
    refuse("PH077", "max_length", `max_length is ${length}`, `write 1 to ${maxMaxLength}`);
  }
}

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
        context.refuse("PH076", at, `the index names ${name}, which is no field`, suggestion(name, names));
      } else if (!isKeyable(field)) {
        const help = "use integer, bool, string, bytes or enum fields that are not repeated";
        context.refuse("PH076", at, `${name} cannot be in an index: it is ${describe(field)}`, help);
      } else if (columns.indexOf(name) !== i) {
        context.refuse("PH076", at, `the index names ${name} twice`, "name each column once");
      }
    });
    return [{ columns, unique: item.bool("unique") }];
  });
}

function isText({ type, label }: Field): boolean {
  const text = type.kind === "scalar" && (type.scalar === "string" || type.scalar === "bytes");
  return text && (label === "single" || label === "optional");
}

function isKeyable({ type, label }: Field): boolean {
  if (label === "repeated" || label === "map" || type.kind === "message") return false;
  return type.kind === "enum" || (type.scalar !== "double" && type.scalar !== "float");
}

/** "a repeated string", "a map", "a message", "a float". */
export function describe({ type, label }: Field): string {
  if (label === "map") return "a map";
  const name = type.kind === "scalar" ? type.scalar : type.kind;
  if (label === "repeated") return `a repeated ${name}`;
  if (name === "bytes") return name;
  return `${/^[aei]/.test(name) ? "an" : "a"} ${name}`;
}
