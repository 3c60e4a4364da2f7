import {
  type CallModel,
  type FieldModel,
  isMethod,
  type MessageModel,
  type ProtocolModel,
} from "../../evolution/model/protocol-model.ts";
import { lockedTable } from "../former-tables.ts";
import type {
  Lock,
  LockedCall,
  LockedEnum,
  LockedField,
  LockedMessage,
  LockedRelease,
  LockedValue,
} from "../lock.ts";

/** Lock of all ids and numbers in models, without releases. Of several models with a number, the last one counts. */
export function lockOfModels(models: readonly ProtocolModel[]): Lock {
  const calls = new Map<number, LockedCall>();
  const methods = new Map<number, LockedCall>();
  const messages = new Map<string, LockedMessage>();
  const enums = new Map<string, LockedEnum>();
  for (const model of models) {
    for (const call of model.calls)
      (isMethod(call) ? methods : calls).set(call.id, {
        name: call.name,
        kind: lockedKind(call),
        removed: false,
      });
    for (const message of model.messages)
      messages.set(message.name, lockedMessage(message, messages.get(message.name)));
    for (const { name, values } of model.enums) {
      const all = new Map<number, LockedValue>(enums.get(name)?.values);
      const own = Map.groupBy(values, ({ number }) => number);
      for (const [number, same] of own)
        all.set(number, { names: same.map((value) => value.name).sort(), removed: false });
      enums.set(name, { removed: false, values: all });
    }
  }
  return { calls, methods, messages, enums, releases: [] };
}

/** Kind of a call in the lock, which does not tell calls with a reply from others. */
function lockedKind(call: CallModel): LockedCall["kind"] {
  if (isMethod(call)) return "method";
  return call.kind === "push" ? "push" : "command";
}

function lockedMessage(message: MessageModel, before: LockedMessage | undefined): LockedMessage {
  const { table, fields } = message;
  const tables = table === undefined ? [] : [lockedTable({ database: "main", ...table })];
  const all = new Map<number, LockedField>(before?.fields);
  for (const field of fields) all.set(field.number, lockedField(field, all.get(field.number)));
  return {
    removed: false,
    tables: [...(before?.tables ?? []).filter((one) => !tables.includes(one)), ...tables],
    fields: all,
  };
}

function lockedField(field: FieldModel, before: LockedField | undefined): LockedField {
  const { name, type, label, mapKey, oneof } = field;
  const was = [...new Set([...(before?.was ?? []), ...(before === undefined ? [] : [before.name])])];
  const oneofs = [...new Set([...(before?.oneofs ?? []), ...(oneof === undefined ? [] : [oneof])])];
  const text = label === "map" ? `map<${mapKey}, ${type}>` : label === "repeated" ? `repeated ${type}` : type;
  return { name, type: text, was: was.filter((one) => one !== name), oneofs, removed: false };
}

/**
 * Lock with the ids and numbers that only its releases have, for example after a merge that lost lines. Messages and enums that
 * the lock lacks stay out, since they may have another name now. A part that has all numbers keeps its objects.
 */
export function withReleased(lock: Lock, released: Lock): Lock {
  return {
    calls: completed(lock.calls, released.calls),
    methods: completed(lock.methods, released.methods),
    messages: mapped(lock.messages, (one, name) => {
      const fields = completed(one.fields, released.messages.get(name)?.fields);
      return fields === one.fields ? one : { ...one, fields };
    }),
    enums: mapped(lock.enums, (one, name) => {
      const values = completed(one.values, released.enums.get(name)?.values);
      return values === one.values ? one : { ...one, values };
    }),
    releases: lock.releases,
  };
}

/** Map with the entries that only another one has. The map itself when it lacks none. */
function completed<K, T>(map: ReadonlyMap<K, T>, other: ReadonlyMap<K, T> = new Map()): ReadonlyMap<K, T> {
  const more = [...other].filter(([key]) => !map.has(key));
  return more.length === 0 ? map : new Map([...map, ...more]);
}

function mapped<K, T>(map: ReadonlyMap<K, T>, change: (entry: T, key: K) => T): Map<K, T> {
  return new Map([...map].map(([key, entry]) => [key, change(entry, key)]));
}

/** A number whose owner an error names. */
export type NumberUse =
  | { readonly kind: "call" | "method"; readonly id: number }
  | { readonly kind: "field" | "value"; readonly owner: string; readonly number: number }
  | { readonly kind: "table"; readonly name: string };

/** Finds the last release that uses a number; undefined when none does. */
export function releaseWith({ releases }: Lock, use: NumberUse): number | undefined {
  return releases.findLast((release) => isUsedIn(release, use))?.number;
}

function isUsedIn({ model }: LockedRelease, use: NumberUse): boolean {
  switch (use.kind) {
    case "call":
    case "method":
      return model.calls.some((call) => call.id === use.id && isMethod(call) === (use.kind === "method"));
    case "field":
      return model.messages.some(
        ({ name, fields }) => name === use.owner && fields.some(({ number }) => number === use.number),
      );
    case "value":
      return model.enums.some(
        ({ name, values }) => name === use.owner && values.some(({ number }) => number === use.number),
      );
    case "table":
      return model.messages.some(
        ({ table }) => table !== undefined && lockedTable({ database: "main", ...table }) === use.name,
      );
  }
}
