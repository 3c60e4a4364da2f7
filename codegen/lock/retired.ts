import type { Field } from "../../schema/model.ts";
import type { LockedMessage } from "./lock.ts";

/** Columns that the table of a message had once, by the names that caches and journals have for them. */
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

/** Names that a field's column may have in a database of an earlier schema: what the field is and was called. */
export function formerNames(locked: LockedMessage | undefined, field: Field, column: string): string[] {
  const before = locked?.fields.get(field.number);
  const names = [field.name, ...(before === undefined ? [] : [before.name, ...before.was.toReversed()])];
  return [...new Set(names)].filter((name) => name !== column);
}

/** Former names of a oneof with these fields, the newest first. */
export function formerOneofs(
  locked: LockedMessage | undefined,
  fields: readonly Field[],
  column: string,
): string[] {
  const names = fields.flatMap(({ number }) => locked?.fields.get(number)?.oneofs.toReversed() ?? []);
  return [...new Set(names)].filter((name) => name !== column);
}
