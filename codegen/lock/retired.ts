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
