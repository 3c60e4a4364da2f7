import type { Field, Location, Message, Schema } from "../../schema/model.ts";
import { type Diagnostic, Report } from "../load/diagnostic.ts";
import { type Entry, lockable } from "./entries.ts";
import { lockedTable } from "./former-tables.ts";
import { type Lock, type LockedCall, type LockedField, type LockedValue, lockFileName } from "./lock.ts";
import { type NumberUse, releaseWith } from "./releases/released.ts";
import { predecessorsOf } from "./renamed.ts";
import { typeText } from "./type.ts";
import { type Carriers, carriersOf, widenedFrom, widenedHelp } from "./widened.ts";

/**
 * Checks a schema against its lock. Running programs of an earlier schema still use the old ids and numbers, so none of them may
 * get a second meaning. Errors are:
 *
 * - an id of another command, push or method (PH091);
 * - a field number with another type, or, once the field was removed, with another name (PH092);
 * - an enum number of another value (PH093);
 * - the name of a table that another message had (PH095).
 *
 * A wider integer type is a warning (PH094): programs and columns of the earlier schema cannot hold its values. Renamed fields,
 * renamed tables and new declarations are allowed; {@link updateLock} records them.
 */
export function checkLock(schema: Schema, lock: Lock): Diagnostic[] {
  const report = new Report();
  const { calls, methods, messages, enums } = lockable(schema);
  checkCalls(calls, lock.calls, lock, report);
  checkCalls(methods, lock.methods, lock, report);
  checkTables(messages, lock, report);
  const carriers = carriersOf(schema);
  for (const message of messages) {
    const locked = lock.messages.get(message.fullName)?.fields;
    for (const field of message.fields)
      checkField(field, message, locked?.get(field.number), { carriers, lock }, report);
  }
  for (const declared of enums) {
    const locked = lock.enums.get(declared.fullName)?.values;
    for (const value of declared.values) {
      const names = declared.values.filter(({ number }) => number === value.number).map(({ name }) => name);
      const releaseText = () =>
        inRelease(lock, { kind: "value", owner: declared.fullName, number: value.number });
      checkValue(value, names, declared.location, locked?.get(value.number), releaseText, report);
    }
  }
  return report.sorted();
}

/** True when a command, push or method may use an id that the lock has an entry for: same name, same kind. */
export function callFits({ name, kind }: Entry, locked: LockedCall): boolean {
  return locked.name === name && locked.kind === kind;
}

/** True when a field may use a number that the lock has an entry for: same or wider type, and not of a removed field. */
export function fieldFits(field: Field, locked: LockedField): boolean {
  const type = typeText(field);
  if (locked.type !== type && widenedFrom(locked.type, type) === undefined) return false;
  return !belongsToRemoved(field, locked);
}

/** True when the number is that of a removed field with other names. */
function belongsToRemoved({ name }: Field, locked: LockedField): boolean {
  return locked.removed && locked.name !== name && !locked.was.includes(name);
}

/**
 * True when an enum value may use a number that the lock has an entry for. A new name is an alias as long as one of the old names
 * stays.
 *
 * @param names all names of the number in the schema
 */
export function valueFits(name: string, names: readonly string[], locked: LockedValue): boolean {
  if (locked.names.includes(name)) return true;
  return !locked.removed && names.some((other) => locked.names.includes(other));
}

/** End of an error: the last release that used the number. Empty when only the lock file shows that it is taken. */
function inRelease(lock: Lock, use: NumberUse): string {
  const number = releaseWith(lock, use);
  return number === undefined ? "" : ` (release ${number} has it)`;
}

/** Reports ids that belong to another call, present or removed. */
function checkCalls(
  entries: readonly Entry[],
  locked: ReadonlyMap<number, LockedCall>,
  lock: Lock,
  report: Report,
): void {
  for (const entry of entries) {
    const { id, name, kind, location } = entry;
    const before = locked.get(id);
    if (before === undefined || callFits(entry, before)) continue;
    const use: NumberUse = { kind: kind === "method" ? "method" : "call", id };
    const was = `the ${before.kind} ${before.name}${before.removed ? ", which was removed" : ""}${inRelease(lock, use)}`;
    const message = `the id ${id} of the ${kind} ${name} already belongs to ${was}`;
    const help = `use an id that was never used; if it was only renamed, ${renameHelp(before.name, name)}`;
    report.add("PH091", location.file, location, message, help);
  }
}

/**
 * Remedy for a declaration that was renamed by hand. When a call kept its own name, its service was renamed. A package cannot be
 * renamed.
 */
function renameHelp(before: string, after: string): string {
  const [scopeBefore, nameBefore] = splitLast(before);
  const [scope, name] = splitLast(after);
  if (nameBefore === name) {
    const isSamePackage = splitLast(scopeBefore)[0] === splitLast(scope)[0];
    return isSamePackage && scopeBefore !== scope
      ? renameHelp(scopeBefore, scope)
      : "restore the former name";
  }
  return `restore the former name and run photinus rename ${before} ${name}`;
}

/** Splits a full name into its scope and its own name: "e.S.Go" into "e.S" and "Go". */
function splitLast(fullName: string): [scope: string, name: string] {
  const at = fullName.lastIndexOf(".");
  return [fullName.slice(0, Math.max(at, 0)), fullName.slice(at + 1)];
}

/** Reports tables with the name of another message's table: databases may still hold the rows of that message under it. */
function checkTables(messages: readonly Message[], lock: Lock, report: Report): void {
  const predecessors = predecessorsOf(messages, lock);
  for (const message of messages) {
    const { table, fullName, location } = message;
    if (table === undefined) continue;
    const name = lockedTable(table);
    const own = lock.messages.get(fullName) ?? predecessors.get(message);
    if (own?.tables.includes(name)) continue;
    const before = [...lock.messages].find(
      ([other, { tables }]) => other !== fullName && tables.includes(name),
    );
    if (before === undefined) continue;
    const [other, { removed }] = before;
    const where = inRelease(lock, { kind: "table", name });
    const text = `the table ${name} of ${fullName} already belongs to ${other}${removed ? ", which was removed" : ""}${where}`;
    const help =
      `use a name that was never used; if only the message was renamed, ${renameHelp(other, fullName)}; if no database has ` +
      `that table any more, remove ${JSON.stringify(name)} from its "tables" in ${lockFileName}`;
    report.add("PH095", location.file, location, text, help);
  }
}

/** Reports a field number with another type or of a removed field, and warns of a wider integer type. */
function checkField(
  field: Field,
  message: Message,
  locked: LockedField | undefined,
  { carriers, lock }: { readonly carriers: Carriers; readonly lock: Lock },
  report: Report,
): void {
  if (locked === undefined) return;
  const { number, location } = field;
  const type = typeText(field);
  const place = `the number ${number} of ${message.fullName}.${field.name}`;
  const refuse = (text: string, help: string): void => {
    const where = inRelease(lock, { kind: "field", owner: message.fullName, number });
    report.add("PH092", location.file, location, `${place} ${text}${where}`, help);
  };
  const from = widenedFrom(locked.type, type);
  if (locked.type !== type && from === undefined) {
    refuse(
      `had the type ${locked.type} and now has ${type}`,
      "use a number that was never used; if only a type was renamed, restore its name and run photinus rename TYPE NEW",
    );
  } else if (belongsToRemoved(field, locked)) {
    refuse(`already belongs to ${locked.name}, which was removed`, "use a number that was never used");
  } else if (from !== undefined) {
    const text = `${place} had the type ${locked.type} and now has the wider ${type}`;
    report.add("PH094", location.file, location, text, widenedHelp(field, from, message, carriers));
  }
}

function checkValue(
  value: { readonly name: string; readonly number: number },
  names: readonly string[],
  location: Location,
  locked: LockedValue | undefined,
  releaseText: () => string,
  report: Report,
): void {
  if (locked === undefined || valueFits(value.name, names, locked)) return;
  const owner = `${locked.names.join(", ")}${releaseText()}`;
  const message = `the number ${value.number} of ${value.name} already belongs to ${owner}`;
  const help =
    "use a number that was never used; if it was only renamed, restore the former name and run photinus rename VALUE NEW";
  report.add("PH093", location.file, location, message, help);
}
