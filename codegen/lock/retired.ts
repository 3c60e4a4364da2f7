import type { Field } from "../../schema/model.ts";
import type { LockedMessage } from "./lock.ts";

/**
 * Columns that the table of a message once had, by their keys in caches and journals: the field number, or "o:" and the name of a
 * oneof. Nodes of the new schema ignore these keys in data of the old one.
 *
 * @param columns present columns, which are left out
 */
export function retiredColumns(
  locked: LockedMessage | undefined,
  columns: readonly { readonly field: string }[],
): string[] {
  const retired = new Set<string>();
  for (const [number, { oneofs }] of locked?.fields ?? []) {
    retired.add(String(number));
    for (const oneof of oneofs) retired.add(`o:${oneof}`);
  }
  for (const { field } of columns) retired.delete(field);
  return [...retired];
}

/** Names that the column of a field may have in a database of an earlier schema: present and former names, newest first. */
export function formerNames(locked: LockedMessage | undefined, field: Field, column: string): string[] {
  const before = locked?.fields.get(field.number);
  const names = [field.name, ...(before === undefined ? [] : [before.name, ...before.was.toReversed()])];
  return [...new Set(names)].filter((name) => name !== column);
}

/** Names that the column of a oneof may have in a database of an earlier schema: former oneofs of its fields, newest first. */
export function formerOneofs(
  locked: LockedMessage | undefined,
  fields: readonly Field[],
  column: string,
): string[] {
  const names = fields.flatMap(({ number }) => locked?.fields.get(number)?.oneofs.toReversed() ?? []);
  return [...new Set(names)].filter((name) => name !== column);
}
