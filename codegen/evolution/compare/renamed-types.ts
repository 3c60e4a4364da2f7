import type { MessageModel } from "../model/protocol-model.ts";
import type { Comparison } from "./comparison.ts";

/**
 * Finds messages and enums that have another name now: an alike type stands where the former one stood in a call or a field, or
 * has the former one's table. Runs before the declarations are compared, since a name may be met before its first use.
 */
export function findRenamedTypes(comparison: Comparison): void {
  const { before, after, messagesAfter } = comparison;
  const calls = new Map(after.calls.map((call) => [call.name, call]));
  for (const was of before.calls) {
    const is = calls.get(was.name);
    if (is === undefined) continue;
    comparison.isAlike(was.body, is.body);
    if (was.reply !== undefined && is.reply !== undefined) comparison.isAlike(was.reply, is.reply);
  }
  const tables = new Map(
    after.messages.flatMap((one) => (one.table ? [[tableKey(one), one.name] as const] : [])),
  );
  for (const was of before.messages) {
    const is = was.table === undefined ? undefined : tables.get(tableKey(was));
    if (is !== undefined && is !== was.name) comparison.rename(was.name, is);
  }
  // A renamed message shows the renamed types of its own fields, at any depth.
  for (let known = -1; known < comparison.renamedTypes.size; ) {
    known = comparison.renamedTypes.size;
    for (const was of before.messages) {
      const is = messagesAfter.get(comparison.nameAfter(was.name));
      for (const field of was.fields) {
        const twin = is?.fields.find(({ number }) => number === field.number);
        if (twin !== undefined) comparison.isAlike(field.type, twin.type);
      }
    }
  }
}

function tableKey({ table }: MessageModel): string {
  return `${table?.database ?? "main"}/${table?.name}`;
}
