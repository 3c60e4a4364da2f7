import type { Lock, LockedCall, LockedField, LockedMessage } from "../lock/lock.ts";
import type { Subject } from "./subject.ts";

/**
 * The lock file's entries under another name: numbers stay what they are, and what was removed keeps its own. A field, a oneof and
 * a table are not renamed here: the lock remembers what they were called when it is brought up to date.
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

/** A full name, or one of a table, with another last part: "dice.Table.Roll", "shop/purse". */
export function siblingOf(fullName: string, name: string): string {
  return fullName.slice(0, Math.max(fullName.lastIndexOf("."), fullName.lastIndexOf("/")) + 1) + name;
}

function columnOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** A name that is the renamed one, or below it. */
function within(name: string, before: string, after: string): string {
  if (name === before) return after;
  return name.startsWith(`${before}.`) ? after + name.slice(before.length) : name;
}

function renamedCalls(lock: Lock, rename: (name: string) => string): Lock {
  const renamed = (calls: ReadonlyMap<number, LockedCall>) =>
    new Map([...calls].map(([id, call]) => [id, call.removed ? call : { ...call, name: rename(call.name) }]));
  return { ...lock, calls: renamed(lock.calls), methods: renamed(lock.methods) };
}

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

/** "repeated dice.Player", "map<string, dice.Player>", "dice.Player". */
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

/** A column's former name is one that its field had: there `photinus data migrate` looks for the column. */
function formerColumn(lock: Lock, owner: string, number: number, column: string): Lock {
  const message = lock.messages.get(owner);
  const field = message?.fields.get(number);
  if (message === undefined || field === undefined || field.name === column) return lock;
  const was = [...field.was.filter((name) => name !== column), column];
  const fields = new Map(message.fields).set(number, { ...field, was });
  return { ...lock, messages: new Map(lock.messages).set(owner, { ...message, fields }) };
}
