import type { Evidence } from "../../evolution/diff/changes-between.ts";
import type { Lock, LockedEnum, LockedMessage } from "../lock.ts";

/**
 * Declarations that have another name in the present lock file than in the former one. Only `photinus rename` makes such a
 * change: code generation refuses another call at an id that was committed, and keeps the entry of a removed message or enum.
 *
 * @returns empty maps when a side has no lock
 */
export function renamedByLock(before: Lock | undefined, after: Lock | undefined): Required<Evidence> {
  const renamedCalls = new Map<string, string>();
  if (before === undefined || after === undefined) return { renamedCalls, renamedTypes: new Map() };
  for (const kind of ["calls", "methods"] as const) {
    for (const [id, was] of before[kind]) {
      const is = after[kind].get(id);
      if (is === undefined || was.removed || is.removed || is.name === was.name || is.kind !== was.kind)
        continue;
      renamedCalls.set(was.name, is.name);
    }
  }
  const renamedTypes = new Map([
    ...renamed(before.messages, after.messages, hasFields),
    ...renamed(before.enums, after.enums, hasValues),
  ]);
  return { renamedCalls, renamedTypes };
}

/** Pairs entries that are gone with new ones that continue them. An entry that several could continue has no pair. */
function renamed<T extends { readonly removed: boolean }>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  continues: (was: T, is: T) => boolean,
): [string, string][] {
  const added = [...after].filter(([name, { removed }]) => !before.has(name) && !removed);
  return [...before].flatMap(([name, was]): [string, string][] => {
    if (after.has(name) || was.removed) return [];
    const [only, ...more] = added.filter(([, is]) => continues(was, is));
    return only === undefined || more.length > 0 ? [] : [[name, only[0]]];
  });
}

/** Whether a message has every number of a former one, under the former name or one that replaced it. */
function hasFields(was: LockedMessage, is: LockedMessage): boolean {
  return [...was.fields].every(([number, { name }]) => {
    const field = is.fields.get(number);
    return field !== undefined && (field.name === name || field.was.includes(name));
  });
}

/** Whether an enum has every number of a former one, and one of its names. */
function hasValues(was: LockedEnum, is: LockedEnum): boolean {
  return [...was.values].every(([number, { names }]) => {
    const value = is.values.get(number);
    return value !== undefined && names.some((name) => value.names.includes(name));
  });
}
