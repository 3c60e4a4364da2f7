import type { Lock, LockedCall, LockedField, LockedMessage } from "../lock/lock.ts";
import type { Subject } from "./subject.ts";

/**
 * Renames a declaration in a lock. Ids and numbers stay, and removed entries keep their names. A field, a oneof and a table are
 * left as they are: `updateLock` records their former names.
 *
 * @param subject the declaration under its former name
 * @param name its new name, without package and parents
 */
export function renamedLock(lock: Lock, subject: Subject, name: string): Lock {
  const before = subject.name;
  const after = siblingOf(before, name);
  switch (subject.kind) {
    case "call":
      return renamedCalls(lock, (call) => (call === before ? after : call));
    case "service":
      return renamedCalls(lock, (call) => within(call, before, after));
    case "message":
    case "enum":
      return renamedTypes(lock, before, after);
    case "value":
      return renamedValue(lock, subject.owner, subject.node.name, name);
    case "column":
      return formerColumn(lock, subject.message.fullName, subject.field.number, columnOf(before));
    default:
      return lock;
  }
}

/** Full name with another last part: "dice.Dice.Roll" for a call, "shop/purse" for a table. */
export function siblingOf(fullName: string, name: string): string {
  return fullName.slice(0, Math.max(fullName.lastIndexOf("."), fullName.lastIndexOf("/")) + 1) + name;
}

function columnOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Renames a full name that is the renamed one or inside it; returns any other name unchanged. */
function within(name: string, before: string, after: string): string {
  if (name === before) return after;
  return name.startsWith(`${before}.`) ? after + name.slice(before.length) : name;
}

function renamedCalls(lock: Lock, rename: (name: string) => string): Lock {
  const renamed = (calls: ReadonlyMap<number, LockedCall>) =>
    new Map([...calls].map(([id, call]) => [id, call.removed ? call : { ...call, name: rename(call.name) }]));
  return { ...lock, calls: renamed(lock.calls), methods: renamed(lock.methods) };
}

/** Renames a message or an enum, all types inside it, and all fields that have one of these types. */
function renamedTypes(lock: Lock, before: string, after: string): Lock {
  const rename = (name: string) => within(name, before, after);
  const keys = <T>(entries: ReadonlyMap<string, T>) =>
    new Map([...entries].map(([name, entry]) => [rename(name), entry]));
  const field = (one: LockedField): LockedField => ({ ...one, type: renamedType(one.type, rename) });
  const message = (one: LockedMessage): LockedMessage => ({
    ...one,
    fields: new Map([...one.fields].map(([number, entry]) => [number, field(entry)])),
  });
  const messages = new Map([...lock.messages].map(([name, one]) => [name, message(one)]));
  return { ...lock, messages: keys(messages), enums: keys(lock.enums) };
}

/** Renames the message or enum in a type such as "repeated dice.Player" or "map<string, dice.Player>". */
function renamedType(type: string, rename: (name: string) => string): string {
  return type.replace(/[\w.]+(?=>?$)/, rename);
}

function renamedValue(lock: Lock, owner: string, before: string, after: string): Lock {
  const declared = lock.enums.get(owner);
  if (declared === undefined) return lock;
  const values = new Map(
    [...declared.values].map(([number, value]) => [
      number,
      value.removed
        ? value
        : { ...value, names: value.names.map((name) => (name === before ? after : name)).sort() },
    ]),
  );
  return { ...lock, enums: new Map(lock.enums).set(owner, { ...declared, values }) };
}

/** Records a column's former name among those of its field, where `photinus data migrate` looks for the column. */
function formerColumn(lock: Lock, owner: string, number: number, column: string): Lock {
  const message = lock.messages.get(owner);
  const field = message?.fields.get(number);
  if (message === undefined || field === undefined || field.name === column) return lock;
  const was = [...field.was.filter((name) => name !== column), column];
  const fields = new Map(message.fields).set(number, { ...field, was });
  return { ...lock, messages: new Map(lock.messages).set(owner, { ...message, fields }) };
}
