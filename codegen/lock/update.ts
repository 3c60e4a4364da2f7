import type { Enum, Message, Schema } from "../../schema/model.ts";
import { compareText } from "../load/diagnostic.ts";
import { type Entry, lockable } from "./entries.ts";
import { lockedTable } from "./former-tables.ts";
import type { Lock, LockedCall, LockedEnum, LockedField, LockedMessage, LockedValue } from "./lock.ts";
import { predecessorsOf } from "./renamed.ts";
import { typeText } from "./type.ts";

/**
 * Computes the lock after a schema: all declarations of the schema, and former ones marked as removed. Unchanged messages keep
 * their objects. Call {@link checkLock} before: a schema with errors would overwrite entries.
 */
export function updateLock(schema: Schema, lock: Lock): Lock {
  const { calls, methods, messages, enums } = lockable(schema);
  const predecessors = predecessorsOf(messages, lock);
  const update = (message: Message): [string, LockedMessage] => [
    message.fullName,
    updateMessage(message, lock.messages.get(message.fullName) ?? predecessors.get(message)),
  ];
  return {
    calls: updateCalls(calls, lock.calls),
    methods: updateCalls(methods, lock.methods),
    messages: merged(new Map(messages.map(update)), lock.messages),
    enums: merged(
      new Map(enums.map((e) => [e.fullName, updateEnum(e, lock.enums.get(e.fullName))])),
      lock.enums,
    ),
    releases: lock.releases,
  };
}

/** Joins present entries with former ones, which are marked as removed. */
function merged<K, T extends { readonly removed: boolean }>(
  now: ReadonlyMap<K, T>,
  before: ReadonlyMap<K, T>,
): Map<K, T> {
  const all = new Map(now);
  for (const [key, entry] of before) if (!all.has(key)) all.set(key, { ...entry, removed: true });
  return all;
}

function updateCalls(
  entries: readonly Entry[],
  before: ReadonlyMap<number, LockedCall>,
): Map<number, LockedCall> {
  return merged(new Map(entries.map(({ id, name, kind }) => [id, { name, kind, removed: false }])), before);
}

/**
 * Entry of a message after the schema: former names and oneofs of its fields are kept, and its present table is moved to the
 * end.
 */
function updateMessage(message: Message, before: LockedMessage | undefined): LockedMessage {
  if (before !== undefined && staysAsItIs(message, before)) return before;
  const { fields, table } = message;
  const now = fields.map((field): [number, LockedField] => {
    const { name, number, oneof } = field;
    const locked = before?.fields.get(number);
    const names = [...(locked?.was ?? []), ...(locked === undefined ? [] : [locked.name])];
    const was = [...new Set(names)].filter((old) => old !== name);
    const oneofs = [...new Set([...(locked?.oneofs ?? []), ...(oneof === undefined ? [] : [oneof])])];
    return [number, { name, type: typeText(field), was, oneofs, removed: false }];
  });
  const tables = before?.tables ?? [];
  const own = table === undefined ? [] : [lockedTable(table)];
  return {
    removed: false,
    tables: [...tables.filter((one) => !own.includes(one)), ...own],
    fields: merged(new Map(now), before?.fields ?? new Map()),
  };
}

/** True when an entry needs no update. Most messages are unchanged in most runs, and this check allocates nothing. */
function staysAsItIs({ fields, table }: Message, before: LockedMessage): boolean {
  if (before.removed || (table !== undefined && before.tables.at(-1) !== lockedTable(table))) return false;
  let count = 0;
  for (const field of fields) {
    const locked = before.fields.get(field.number);
    if (locked === undefined || locked.removed || locked.name !== field.name) return false;
    if (locked.was.includes(field.name) || locked.type !== typeText(field)) return false;
    if (field.oneof !== undefined && !locked.oneofs.includes(field.oneof)) return false;
    count++;
  }
  for (const { removed } of before.fields.values()) if (removed) count++;
  return count === before.fields.size;
}

/** Entry of an enum after the schema: a number keeps all of its former names, which stay valid aliases. */
function updateEnum({ values }: Enum, before: LockedEnum | undefined): LockedEnum {
  const now = new Map<number, LockedValue>();
  for (const { name, number } of values) {
    const names = [...(before?.values.get(number)?.names ?? []), ...(now.get(number)?.names ?? []), name];
    now.set(number, { names: [...new Set(names)].sort(compareText), removed: false });
  }
  return { removed: false, values: merged(now, before?.values ?? new Map()) };
}
