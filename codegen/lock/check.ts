import type { Field, Location, Message, Schema } from "../../schema/model.ts";
import { type Diagnostic, Report } from "../load/diagnostic.ts";
import { type Entry, lockable } from "./entries.ts";
import { type Lock, type LockedCall, type LockedField, type LockedValue, lockFileName } from "./lock.ts";
import { predecessorsOf } from "./renamed.ts";
import { lockedTable } from "./tables.ts";
import { typeText } from "./type.ts";
import { type Carriers, carriersOf, widenedFrom, widenedHelp } from "./widened.ts";

/**
 * Refuses what would give an old id or number a second meaning: an id of another command, push or method; a field number
 * of another type, or, once the field was removed, of another name; an enum number of another value. Renaming a field is
 * fine. So is renaming a table, but its name is not given to another one. A whole number that becomes wider is a warning:
 * programs and columns of the earlier schema do not hold it yet. What is new is fine too: {@link updateLock} records it.
 */
export function checkLock(schema: Schema, lock: Lock): Diagnostic[] {
  const report = new Report();
  const { calls, methods, messages, enums } = lockable(schema);
  checkCalls(calls, lock.calls, report);
  checkCalls(methods, lock.methods, report);
  checkTables(messages, lock, report);
  const carriers = carriersOf(schema);
  for (const message of messages) {
    const locked = lock.messages.get(message.fullName)?.fields;
    for (const field of message.fields)
      checkField(field, message, locked?.get(field.number), carriers, report);
  }
  for (const declared of enums) {
    const locked = lock.enums.get(declared.fullName)?.values;
    for (const value of declared.values) {
      const names = declared.values.filter(({ number }) => number === value.number).map(({ name }) => name);
      checkValue(value, names, declared.location, locked?.get(value.number), report);
    }
  }
  return report.sorted();
}

/** Whether a command, push or method may have the id that the lock has for this one. */
export function callFits({ name, kind }: Entry, locked: LockedCall): boolean {
  return locked.name === name && locked.kind === kind;
}

/** Whether a field may have the number that the lock has for this one. */
export function fieldFits(field: Field, locked: LockedField): boolean {
  const type = typeText(field);
  if (locked.type !== type && widenedFrom(locked.type, type) === undefined) return false;
  return !belongsToRemoved(field, locked);
}

function belongsToRemoved({ name }: Field, locked: LockedField): boolean {
  return locked.removed && locked.name !== name && !locked.was.includes(name);
}

/**
 * Whether an enum's value may have the number that the lock has for this one. A further name is an alias as long as one of
 * the old ones stays.
 *
 * @param names all that the number is called now
 */
export function valueFits(name: string, names: readonly string[], locked: LockedValue): boolean {
  if (locked.names.includes(name)) return true;
  return !locked.removed && names.some((other) => locked.names.includes(other));
}

function checkCalls(
  entries: readonly Entry[],
  locked: ReadonlyMap<number, LockedCall>,
  report: Report,
): void {
  for (const entry of entries) {
    const { id, name, kind, location } = entry;
    const before = locked.get(id);
    if (before === undefined || callFits(entry, before)) continue;
    const was = `the ${before.kind} ${before.name}${before.removed ? ", which was removed" : ""}`;
    const message = `the id ${id} of the ${kind} ${name} belongs to ${was}`;
    const help = `use an id that was never used; if it was only renamed, ${renameHelp(before.name, name)}`;
    report.add("PH091", location.file, location, message, help);
  }
}

/** How to rename, for what somebody has renamed by hand. */
function renameHelp(before: string, after: string): string {
  const name = after.slice(after.lastIndexOf(".") + 1);
  return `call it as before and run photinus rename ${before} ${name}`;
}

/** A table takes the rows that its name has in databases: they must not be another message's. */
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
    const text = `the table ${name} of ${fullName} was that of ${other}${removed ? ", which was removed" : ""}`;
    const help =
      `use a name that was never used; if only the message was renamed, ${renameHelp(other, fullName)}; if no database has ` +
      `that table any more, take ${JSON.stringify(name)} out of its "tables" in ${lockFileName}`;
    report.add("PH095", location.file, location, text, help);
  }
}

function checkField(
  field: Field,
  message: Message,
  locked: LockedField | undefined,
  carriers: Carriers,
  report: Report,
): void {
  if (locked === undefined) return;
  const { number, location } = field;
  const type = typeText(field);
  const place = `the number ${number} of ${message.fullName}.${field.name}`;
  const refuse = (text: string, help: string): void =>
    report.add("PH092", location.file, location, `${place} ${text}`, help);
  const from = widenedFrom(locked.type, type);
  if (locked.type !== type && from === undefined) {
    refuse(
      `was of type ${locked.type}, and is ${type} now`,
      "use a number that was never used; if only a type was renamed, call it as before and run photinus rename TYPE NEW",
    );
  } else if (belongsToRemoved(field, locked)) {
    refuse(`belonged to ${locked.name}, which was removed`, "use a number that was never used");
  } else if (from !== undefined) {
    const text = `${place} was of type ${locked.type}, and is ${type} from now on`;
    report.add("PH094", location.file, location, text, widenedHelp(field, from, message, carriers));
  }
}

function checkValue(
  value: { readonly name: string; readonly number: number },
  names: readonly string[],
  location: Location,
  locked: LockedValue | undefined,
  report: Report,
): void {
  if (locked === undefined || valueFits(value.name, names, locked)) return;
  const message = `the number ${value.number} of ${value.name} belonged to ${locked.names.join(", ")}`;
  const help =
    "use a number that was never used; if it was only renamed, call it as before and run photinus rename VALUE NEW";
  report.add("PH093", location.file, location, message, help);
}
