import type { Field, Location, Message, SchemaFile, Table } from "../../../schema/model.ts";
import type { Report } from "../diagnostic.ts";

interface TableOf {
  readonly message: Message;
  readonly table: Table;
  /** Column with the user id of the person whom a row belongs to. */
  readonly owner: Field | undefined;
}

/**
 * Checks what the commands `photinus data export` and `forget` need: tables with personal data have an owner, the owner has an
 * index, and rows that are anonymized can get the defaults of their columns.
 *
 * @param places locations of the owner options, by full name of the field and ".owner"
 */
export function checkPersonalData(
  files: readonly SchemaFile[],
  places: ReadonlyMap<string, Location>,
  report: Report,
): void {
  for (const message of files.flatMap((file) => file.messages)) {
    const { table, fields, fullName } = message;
    if (table === undefined) continue;
    const owner = fields.find(({ column }) => column?.owner === true);
    if (owner === undefined) {
      checkOwnerless(message, report);
      continue;
    }
    const at = places.get(`${fullName}.${owner.name}.owner`) ?? owner.location;
    const of: TableOf = { message, table, owner };
    if (!hasIndex(of) && !report.has("PH084", at)) {
      const text = `the owner ${owner.name} of ${message.name} has no index`;
      const help = "add index: true; without it photinus data export and forget read the whole table";
      report.add("PH086", at.file, at, text, help);
    }
    if (owner.column?.forget === "ANONYMIZE") checkAnonymizable(of, at, report);
  }
}

/** Warns of a table with personal data that does not say whose data it is. */
function checkOwnerless({ name, fields }: Message, report: Report): void {
  const marked = fields.find(({ column }) => isMarked(column?.dataClass));
  if (marked === undefined) return;
  const { location } = marked;
  const kind = marked.column?.dataClass === "SECRET" ? "secret" : "personal";
  const text = `${name}.${marked.name} is ${kind}, but ${name} has no owner`;
  const help =
    "mark the column with the user id: (photinus.column) = { owner: true }; photinus data export and forget skip this table";
  report.add("PH085", location.file, location, text, help);
}

/** Whether rows can be found by their owner: it is the whole key, or has an index of its own. */
function hasIndex({ message, table, owner }: TableOf): boolean {
  const key = message.fields.filter(({ column }) => column?.primaryKey);
  if (key.length === 1 && key[0] === owner) return true;
  const { unique, index, foreignKey } = owner!.column!;
  return (
    unique ||
    index ||
    foreignKey !== undefined ||
    table.indexes.some(({ columns }) => columns.length === 1 && columns[0] === owner!.name)
  );
}

/** Reports columns that cannot get their default in the rows of every forgotten person. */
function checkAnonymizable({ message, table, owner }: TableOf, at: Location, report: Report): void {
  const { fields, name } = message;
  const marked = fields.filter(({ column }) => isMarked(column?.dataClass));
  for (const field of marked) {
    if (!field.column?.primaryKey) continue;
    const text = `${name} cannot be anonymized: ${field.name} is part of the primary key, which never changes`;
    report.add("PH087", at.file, at, text, "use forget: DELETE, or a key without personal data");
  }
  const reset = owner!.column?.primaryKey ? marked : [...marked, owner!];
  const uniques = [
    ...fields.filter(({ column }) => column?.unique).map((field) => [field.name]),
    ...table.indexes.filter(({ unique }) => unique).map(({ columns }) => columns),
  ];
  for (const columns of uniques) {
    const hit = reset.filter((field) => columns.includes(field.name));
    // Rows without a value do not conflict with each other.
    if (hit.length === 0 || hit.some(({ label }) => label === "optional")) continue;
    const names = hit.map((field) => field.name).join(", ");
    const text = `${name} cannot be anonymized: two forgotten rows would have the same unique ${names}`;
    report.add("PH087", at.file, at, text, `declare ${hit[0]!.name} optional, or use forget: DELETE`);
  }
}

function isMarked(dataClass: string | undefined): boolean {
  return dataClass === "PERSONAL" || dataClass === "SECRET";
}
