import type { Message } from "../../schema/model.ts";
import type { Lock, LockedMessage } from "./lock.ts";
import { lockedTable } from "./tables.ts";
import { typeText } from "./type.ts";
import { widenedFrom } from "./widened.ts";

/**
 * What new tables were before their messages were renamed, as far as that can be seen: a message that was a table has gone, and
 * the new one has all of its fields. Where several have gone that it could have been, it may be any of them: their tables are
 * put together, and nothing is known of its fields.
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

function hasFieldsOf({ fields }: Message, locked: LockedMessage): boolean {
  return [...locked.fields].every(([number, before]) => {
    const field = fields.find((one) => one.number === number);
    if (field === undefined) return before.removed;
    const type = typeText(field);
    return (
      widenedFrom(before.type, type) !== undefined ||
      // Messages and enums may have been renamed too.
      shapeOf(before.type) === shapeOf(type)
    );
  });
}

/** A type as the lock file has it, without the name of a message or an enum. */
function shapeOf(type: string): string {
  return type.replace(/[\w.]*\.[\w.]+|\b[A-Z]\w*/, "?");
}
