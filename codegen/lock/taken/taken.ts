import type { Enum, Field, Message, Schema } from "../../../schema/model.ts";
import { callFits, fieldFits, valueFits } from "../check-lock.ts";
import { type Entry, lockable } from "../entries.ts";
import { lockedTable } from "../former-tables.ts";
import type { Lock, LockedCall, LockedEnum, LockedField, LockedMessage, LockedValue } from "../lock.ts";
import { predecessorsOf } from "../renamed.ts";
import { typeText } from "../type.ts";

/**
 * Frees entries of a lock that were never committed and that the schema now uses otherwise or not at all: a developer may
 * change a number freely until git has it. If an entry changed since it was committed and only the committed version fits the
 * schema, that version is kept.
 *
 * @param lock lock of the working folder
 * @param committed entries that are taken for good
 */
export function takenOf(schema: Schema, lock: Lock, committed: Lock): Lock {
  if (lock === committed) return lock;
  const { calls, methods, messages, enums } = lockable(schema);
  const declaredMessages = byName(messages);
  const declaredEnums = byName(enums);
  const tables = new Map(
    messages.flatMap((one) => (one.table === undefined ? [] : [[lockedTable(one.table), one] as const])),
  );
  const predecessors = new Set(predecessorsOf(messages, lock).values());
  return {
    calls: takenCalls(calls, lock.calls, committed.calls),
    methods: takenCalls(methods, lock.methods, committed.methods),
    messages: collect(lock.messages, (was, name) => {
      const taken = committed.messages.get(name);
      const message = declaredMessages.get(name);
      if (taken === undefined && message === undefined) return predecessors.has(was) ? was : undefined;
      return takenMessage(message, was, taken, tables);
    }),
    enums: collect(lock.enums, (was, name) => {
      const taken = committed.enums.get(name);
      const declared = declaredEnums.get(name);
      return taken === undefined && declared === undefined ? undefined : takenEnum(declared, was, taken);
    }),
    releases: lock.releases,
  };
}

/** Joins several locks. For an entry in several of them, the first lock wins; tables of a message are joined. */
export function joinLocks(locks: readonly Lock[]): Lock {
  const join = <K, T>(maps: readonly ReadonlyMap<K, T>[], both: (first: T, second: T) => T): Map<K, T> => {
    const all = new Map<K, T>();
    for (const map of maps) {
      for (const [key, entry] of map) {
        const first = all.get(key);
        all.set(key, first === undefined ? entry : both(first, entry));
      }
    }
    return all;
  };
  const first = <T>(one: T): T => one;
  return {
    calls: join(
      locks.map(({ calls }) => calls),
      first,
    ),
    methods: join(
      locks.map(({ methods }) => methods),
      first,
    ),
    messages: join(
      locks.map(({ messages }) => messages),
      (one, other) => ({
        ...one,
        tables: [...new Set([...other.tables, ...one.tables])],
        fields: join([one.fields, other.fields], first),
      }),
    ),
    enums: join(
      locks.map(({ enums }) => enums),
      (one, other) => ({ ...one, values: join([one.values, other.values], first) }),
    ),
    releases: [
      ...join(
        locks.map(({ releases }) => new Map(releases.map((one) => [one.number, one]))),
        first,
      ).values(),
    ].sort((a, b) => a.number - b.number),
  };
}

function takenCalls(
  entries: readonly Entry[],
  locked: ReadonlyMap<number, LockedCall>,
  committed: ReadonlyMap<number, LockedCall>,
): Map<number, LockedCall> {
  const now = new Map(entries.map((entry) => [entry.id, entry]));
  return collect(locked, (was, id) => {
    const entry = now.get(id);
    return chosen(was, committed.get(id), entry && ((one) => callFits(entry, one)));
  });
}

/**
 * Frees fields and table names of a message that were never committed. A table name stays if git has it, or if no other message
 * of the schema uses it now.
 */
function takenMessage(
  message: Message | undefined,
  was: LockedMessage,
  taken: LockedMessage | undefined,
  tables: ReadonlyMap<string, Message>,
): LockedMessage {
  const now = new Map<number, Field>(message?.fields.map((field) => [field.number, field]));
  const removed = was.removed && (taken?.removed ?? true);
  const own = was.tables.filter(
    (name) => taken?.tables.includes(name) || (tables.get(name) ?? message) === message,
  );
  const fields = collect(was.fields, (one, number): LockedField | undefined => {
    const before = taken?.fields.get(number);
    const field = now.get(number);
    // A number that was never committed may get any other type, even a wider one, without a warning.
    const isOther = field !== undefined && before === undefined && one.type !== typeText(field);
    return isOther ? undefined : chosen(one, before, field && ((locked) => fieldFits(field, locked)));
  });
  // An unchanged entry keeps its object, for which the formatted lines are cached.
  const isSame =
    removed === was.removed &&
    own.length === was.tables.length &&
    [...was.fields].every(([number, one]) => fields.get(number) === one);
  return isSame ? was : { removed, tables: own, fields };
}

function takenEnum(declared: Enum | undefined, was: LockedEnum, taken: LockedEnum | undefined): LockedEnum {
  return {
    removed: was.removed && (taken?.removed ?? true),
    values: collect(was.values, (one, number): LockedValue | undefined => {
      const names = (declared?.values ?? []).flatMap((value) =>
        value.number === number ? [value.name] : [],
      );
      const fits = (locked: LockedValue) => names.every((name) => valueFits(name, names, locked));
      return chosen(one, taken?.values.get(number), names.length > 0 ? fits : undefined);
    }),
  };
}

/**
 * Chooses between the working and the committed version of an entry; undefined when the number is free.
 *
 * @param fits checks the schema's use of the number against an entry; undefined when the schema does not use the number
 */
function chosen<T extends { readonly removed: boolean }>(
  was: T,
  committed: T | undefined,
  fits: ((entry: T) => boolean) | undefined,
): T | undefined {
  if (committed === undefined) return fits?.(was) ? was : undefined;
  const now = was.removed && !committed.removed ? { ...was, removed: false } : was;
  return fits && !fits(now) && fits(committed) ? committed : now;
}

function collect<K, T>(entries: ReadonlyMap<K, T>, choose: (entry: T, key: K) => T | undefined): Map<K, T> {
  const all = new Map<K, T>();
  for (const [key, entry] of entries) {
    const one = choose(entry, key);
    if (one !== undefined) all.set(key, one);
  }
  return all;
}

function byName<T extends { readonly fullName: string }>(declared: readonly T[]): Map<string, T> {
  return new Map(declared.map((one) => [one.fullName, one]));
}
