import type { Field, Message, Oneof } from "../schema/model.ts";

/** Member of a generated message type: a single field, or a oneof with all of its fields. */
export type Member = { readonly field: Field } | { readonly oneof: Oneof; readonly fields: readonly Field[] };

/** Members of a message in order of field number. A oneof has the place of its first field. */
export function membersOf(message: Message): Member[] {
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const field of message.fields) {
    if (field.oneof === undefined) {
      members.push({ field });
      continue;
    }
    if (seen.has(field.oneof)) continue;
    seen.add(field.oneof);
    const oneof = message.oneofs.find(({ name }) => name === field.oneof);
    if (!oneof) throw new Error(`${message.fullName} has no oneof ${field.oneof}`);
    members.push({ oneof, fields: message.fields.filter((other) => other.oneof === field.oneof) });
  }
  return members;
}
