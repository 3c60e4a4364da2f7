import type { Hurt } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import type { ColumnModel, FieldModel, MessageModel, TableModel } from "../model/protocol-model.ts";
import type { ChangeClass } from "../rules/rule.ts";
import type { RuleName } from "../rules/rules.ts";

type Tell = (
  rule: RuleName,
  reason: string,
  hurts: readonly Hurt[],
  at?: FieldModel,
  classes?: readonly ChangeClass[],
) => void;

const rowsAndNodes: readonly Hurt[] = ["old node", "stored rows"];

/** Finds changes of the table of a message: name, key, columns' options, indexes, durability. */
export function compareTables(comparison: Comparison, was: MessageModel, is: MessageModel): void {
  const { changes } = comparison;
  const { table } = was;
  const now = is.table;
  const tell: Tell = (rule, reason, hurts, field, classes) =>
    changes.add(rule, {
      subject: field === undefined ? is.name : `${is.name}.${field.name}`,
      at: [field, is],
      reason,
      hurts,
      ...(classes && { classes }),
    });
  if (table === undefined && now === undefined) return;
  if (table === undefined || now === undefined) {
    if (now !== undefined) tell("table-added", `the message ${is.name} has the table ${now.name} now`, []);
    else tell("table-dropped", `the message ${is.name} has the table ${table?.name} no more`, rowsAndNodes);
    return;
  }
  compareTable(is.name, table, now, tell);
  compareKeys(was, is, tell);
  const twins = new Map(is.fields.map((field) => [field.number, field]));
  for (const field of was.fields) {
    const twin = twins.get(field.number);
    if (twin?.column === undefined || field.column === undefined) continue;
    compareColumn(is.name, field, twin, field.column, twin.column, tell);
    compareReferences(comparison, was, is, { field, twin }, tell);
  }
  compareIndexes(was, is, tell);
}

function compareTable(message: string, was: TableModel, is: TableModel, tell: Tell): void {
  const before = `${was.database === undefined ? "" : `${was.database}.`}${was.name}`;
  const after = `${is.database === undefined ? "" : `${is.database}.`}${is.name}`;
  if (before !== after)
    tell("table-renamed", `the table of ${message} was ${before} and is ${after}`, rowsAndNodes);
  if (was.durability !== is.durability) {
    const isWeaker = is.durability === undefined;
    const [from, to] = [was.durability ?? "WRITE_BEHIND", is.durability ?? "WRITE_BEHIND"];
    const reason = `the durability of ${message} was ${from} and is ${to}`;
    tell("durability-changed", reason, ["old node"], undefined, isWeaker ? ["S!", "R"] : ["R"]);
  }
  if (was.ttlMs !== is.ttlMs) {
    const reason = `clean rows of ${message} were cached for ${was.ttlMs / 1000} s and are for ${is.ttlMs / 1000} s`;
    tell("cache-time-changed", reason, []);
  }
}

function compareKeys(was: MessageModel, is: MessageModel, tell: Tell): void {
  const keyOf = ({ fields }: MessageModel) => fields.filter(({ column }) => column?.primaryKey);
  const numbers = (fields: readonly FieldModel[]) => fields.map(({ number }) => number).join();
  const names = (fields: readonly FieldModel[]) => fields.map(({ name }) => name).join(", ");
  const [before, after] = [keyOf(was), keyOf(is)];
  if (numbers(before) !== numbers(after))
    tell(
      "primary-key-changed",
      `the primary key of ${is.name} was (${names(before)}) and is (${names(after)})`,
      rowsAndNodes,
    );
  for (const field of after) {
    const former = before.find(({ number }) => number === field.number);
    if (former === undefined || former.column?.autoIncrement === field.column?.autoIncrement) continue;
    const reason = `the key ${is.name}.${field.name} ${field.column?.autoIncrement ? "is numbered by the database now" : "is not numbered by the database any more"}`;
    tell("auto-increment-changed", reason, rowsAndNodes, field);
  }
}

function compareColumn(
  message: string,
  was: FieldModel,
  is: FieldModel,
  column: ColumnModel,
  now: ColumnModel,
  tell: Tell,
): void {
  const subject = `${message}.${is.name}`;
  const [name, nameNow] = [columnName(was), columnName(is)];
  if (name !== nameNow && (was.oneof === undefined) === (is.oneof === undefined))
    tell("column-renamed", `the column of ${subject} was ${name} and is ${nameNow}`, rowsAndNodes, is);
  const [length, lengthNow] = [column.maxLength, now.maxLength];
  if (length !== undefined && lengthNow !== undefined && length !== lengthNow) {
    const reason = `the column ${subject} held ${length} characters or bytes and holds ${lengthNow}`;
    if (lengthNow < length) tell("column-narrowed", reason, rowsAndNodes, is);
    else tell("column-widened", reason, ["old node"], is);
  }
  if (column.owner !== now.owner) {
    const reason = `the effect of photinus data forget by ${subject} was ${column.owner ?? "none"} and is ${now.owner ?? "none"}`;
    tell("owner-changed", reason, ["stored rows"], is);
  }
}

/** Finds an added, removed or changed foreign key. One to a column that was renamed, or whose table was, is the former one. */
function compareReferences(
  comparison: Comparison,
  was: MessageModel,
  is: MessageModel,
  { field, twin }: { readonly field: FieldModel; readonly twin: FieldModel },
  tell: Tell,
): void {
  const [before, after] = [field.column?.foreignKey, twin.column?.foreignKey];
  if (before === after || (before !== undefined && presentTarget(comparison, was, before) === after)) return;
  const reason = `the foreign key of ${is.name}.${twin.name} was ${before ?? "none"} and is ${after ?? "none"}`;
  if (after === undefined) tell("foreign-key-removed", reason, ["old node"], twin);
  else tell("foreign-key-added", reason, rowsAndNodes, twin);
}

/** Present "table.column" of a former one; undefined when the column is gone. */
function presentTarget(comparison: Comparison, { table }: MessageModel, target: string): string | undefined {
  const [name, column] = target.split(".");
  const owner = comparison.before.messages.find(
    (one) => one.table?.name === name && one.table?.database === table?.database,
  );
  const number = owner?.fields.find((field) => columnName(field) === column)?.number;
  const now = owner && comparison.messagesAfter.get(comparison.nameAfter(owner.name));
  const field = now?.fields.find((one) => one.number === number);
  return field && now?.table && `${now.table.name}.${columnName(field)}`;
}

/** Name of the column that holds a field. A oneof is one column of its own name. */
function columnName({ name, oneof, column }: FieldModel): string {
  return oneof ?? column?.name ?? name;
}

function mayBeNull(field: FieldModel | undefined): boolean {
  return field !== undefined && (field.label === "optional" || field.oneof !== undefined);
}

/** Finds added, removed and changed indexes. An index of one column counts alike, wherever it is declared. */
function compareIndexes(was: MessageModel, is: MessageModel, tell: Tell): void {
  const before = indexesOf(was);
  const after = indexesOf(is);
  const nameOf = (message: MessageModel, key: string) =>
    key
      .split(",")
      .map((number) => message.fields.find((field) => String(field.number) === number)?.name ?? number)
      .join(", ");
  const known = new Set(was.fields.map(({ number }) => number));
  const added = new Map(
    is.fields.flatMap((field) => (known.has(field.number) ? [] : [[field.number, field]])),
  );
  for (const [key, isUnique] of after) {
    const wasUnique = before.get(key);
    if (wasUnique === isUnique) continue;
    // A new column that may be null is null in all rows of nodes that do not know it, and no index finds these.
    if (!isUnique && key.split(",").some((number) => mayBeNull(added.get(Number(number))))) continue;
    const reason = `the ${isUnique ? "unique " : ""}index (${nameOf(is, key)}) of ${is.name} is new`;
    if (isUnique) tell("unique-added", reason, rowsAndNodes, fieldOf(is, key));
    else if (wasUnique === undefined) tell("index-added", reason, ["old node"], fieldOf(is, key));
    else
      tell(
        "unique-removed",
        `the index (${nameOf(is, key)}) of ${is.name} is not unique any more`,
        rowsAndNodes,
        fieldOf(is, key),
      );
  }
  for (const [key, wasUnique] of before) {
    if (after.has(key)) continue;
    const reason = `the ${wasUnique ? "unique " : ""}index (${nameOf(was, key)}) of ${is.name} was removed`;
    const hurts = wasUnique ? rowsAndNodes : (["old node"] as const);
    tell(wasUnique ? "unique-removed" : "index-removed", reason, hurts, fieldOf(is, key));
  }
}

/** Whether each index is unique, by its field numbers. A foreign key has an index, too. */
function indexesOf({ fields, table }: MessageModel): Map<string, boolean> {
  const indexes = new Map<string, boolean>();
  const add = (key: string, unique: boolean) => indexes.set(key, unique || (indexes.get(key) ?? false));
  for (const { number, column } of fields) {
    if (column?.unique || column?.index || column?.foreignKey !== undefined)
      add(String(number), column.unique ?? false);
  }
  for (const { columns, unique } of table?.indexes ?? []) add(columns.join(), unique ?? false);
  return indexes;
}

/** Field of an index over one column, whose line is the best place. */
function fieldOf({ fields }: MessageModel, key: string): FieldModel | undefined {
  return fields.find(({ number }) => String(number) === key);
}

/** Reports the column of a new field. Lists and maps are not null, as are single values without "optional". */
export function reportColumnAdded({ changes }: Comparison, is: MessageModel, field: FieldModel): void {
  const subject = `${is.name}.${field.name}`;
  const isNullable = mayBeNull(field);
  const reason = `the column ${subject} is new and ${isNullable ? "may be null" : "must not be null"}`;
  changes.add(isNullable ? "column-added" : "column-added-not-null", {
    subject,
    at: [field],
    reason,
    hurts: ["stored rows"],
  });
}
