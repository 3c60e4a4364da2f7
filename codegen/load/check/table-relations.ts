import type { Field, Location, Message, SchemaFile, Table } from "../../../schema/model.ts";
import { suggestion } from "../../../schema/suggest.ts";
import { describe } from "../build/field.ts";
import type { Report } from "../diagnostic.ts";

/** A table with its message. */
interface TableOf {
  readonly message: Message;
  readonly table: Table;
}

/**
 * Checks tables against each other: duplicate names within one database, and foreign keys.
 *
 * @param places locations of table names by full name of the message, and of foreign keys by full name of the field
 */
export function checkTables(
  files: readonly SchemaFile[],
  places: ReadonlyMap<string, Location>,
  report: Report,
): void {
  const tables: TableOf[] = files
    .flatMap((file) => file.messages)
    .flatMap((message) => (message.table === undefined ? [] : [{ message, table: message.table }]));
  const byName = new Map<string, TableOf>();
  for (const entry of tables) {
    const { message, table } = entry;
    if (table.name === "") continue;
    const key = `${table.database}.${table.name.toLowerCase()}`;
    const other = byName.get(key);
    byName.set(key, other ?? entry);
    if (other === undefined) continue;
    const text = `${message.fullName} and ${other.message.fullName} both have the table ${table.name}`;
    const location = places.get(message.fullName) ?? message.location;
    report.add(
      "PH071",
      location.file,
      location,
      text,
      "rename one of the two tables, or use another database",
      places.get(other.message.fullName) ?? other.message.location,
    );
  }
  for (const entry of tables) {
    for (const field of entry.message.fields) checkForeignKey(entry, field, tables, places, report);
  }
}

/** Reports a foreign key that names no unique column of the same database and type. Only such a column identifies one row. */
function checkForeignKey(
  { message, table }: TableOf,
  field: Field,
  tables: readonly TableOf[],
  places: ReadonlyMap<string, Location>,
  report: Report,
): void {
  const key = field.column?.foreignKey;
  if (key === undefined) return;
  const location = places.get(`${message.fullName}.${field.name}`) ?? field.location;
  const refuse = (code: "PH074" | "PH075", text: string, help: string): void =>
    report.add(code, location.file, location, text, help);
  if (key.table === "" || key.column === "" || key.column.includes(".")) {
    refuse("PH074", `the foreign key of ${field.name} does not name a column`, 'expected "table.column"');
    return;
  }
  const near = tables.filter((other) => other.table.database === table.database);
  const target = near.find((other) => other.table.name === key.table);
  if (target === undefined) {
    const elsewhere = tables.some((other) => other.table.name === key.table);
    const text = `unknown table ${key.table}${elsewhere ? ` in the database ${table.database}` : ""}`;
    refuse(
      "PH074",
      text,
      suggestion(
        key.table,
        near.map((other) => other.table.name).filter((name) => name !== ""),
      ),
    );
    return;
  }
  const columns = target.message.fields.filter((candidate) => candidate.column !== undefined);
  const column = columns.find((candidate) => candidate.column?.name === key.column);
  if (column === undefined) {
    const names = columns.map((candidate) => candidate.column?.name ?? "");
    refuse("PH074", `the table ${key.table} has no column ${key.column}`, suggestion(key.column, names));
    return;
  }
  if (!column.column?.primaryKey && !column.column?.unique) {
    const help = "use the primary key of the table, or make the column unique";
    refuse("PH074", `${key.table}.${key.column} is neither a primary key nor unique`, help);
  }
  if (JSON.stringify(column.type) !== JSON.stringify(field.type)) {
    const text = `${field.name} is ${describe(field)}, but ${key.table}.${key.column} is ${describe(column)}`;
    refuse("PH075", text, "use the same type for both columns");
  }
}
