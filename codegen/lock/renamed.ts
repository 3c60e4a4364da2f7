import type { Message } from "../../schema/model.ts";
import { lockedTable } from "./former-tables.ts";
import type { Lock, LockedMessage } from "./lock.ts";
import { typeText } from "./type.ts";
import { widenedFrom } from "./widened.ts";

/**
 * Guesses which messages with a table were renamed by hand: a locked message with a table has gone from the schema, and a new one
 * has all of its fields. If several gone messages fit, the result joins their tables and has no fields, because the new table may
 * continue any of them.
 *
 * @returns the former entry of each new message that continues one
 */
export function predecessorsOf(messages: readonly Message[], lock: Lock): Map<Message, LockedMessage> {
  const there = new Set(messages.map(({ fullName }) => fullName));
  const gone = [...lock.messages].flatMap(([name, locked]) =>
    there.has(name) || locked.removed || locked.tables.length === 0 ? [] : [locked],
  );
  const found = new Map<Message, LockedMessage>();
  for (const message of messages) {
    const { table } = message;
    if (table === undefined || lock.messages.has(message.fullName)) continue;
    const name = lockedTable(table);
    const alike = gone.filter((locked) => hasFieldsOf(message, locked));
    const [only, ...more] = alike.some(({ tables }) => tables.at(-1) === name)
      ? alike.filter(({ tables }) => tables.at(-1) === name)
      : alike;
    if (only === undefined) continue;
    found.set(
      message,
      more.length === 0
        ? only
        : { removed: false, tables: [only, ...more].flatMap(({ tables }) => tables), fields: new Map() },
    );
  }
  return found;
}

/** True when a message has every field of a locked one, with the same or a wider type. */
function hasFieldsOf({ fields }: Message, locked: LockedMessage): boolean {
  return [...locked.fields].every(([number, before]) => {
    const field = fields.find((one) => one.number === number);
    if (field === undefined) return before.removed;
    const type = typeText(field);
    return (
      widenedFrom(before.type, type) !== undefined ||
      // Messages and enums used as types may have been renamed in the same step.
      shapeOf(before.type) === shapeOf(type)
    );
  });
}

/** Type of a field as in the lock file, with the name of a message or enum replaced by "?". */
function shapeOf(type: string): string {
  return type.replace(/[\w.]*\.[\w.]+|\b[A-Z]\w*/, "?");
}
