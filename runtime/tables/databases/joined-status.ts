import { fail } from "../../../schema/errors.ts";
import type { DatabaseStatus, StoreStatus } from "../table-store.ts";

/** Combines the status of several databases: totals, and the figures of each when there are several. */
export function joinedStatus(
  statuses: readonly (readonly [name: string, status: StoreStatus])[],
): StoreStatus {
  const all = statuses.map(([, status]) => status);
  const [first] = all;
  if (first === undefined) throw fail("INTERNAL", "the table store has no databases, so it has no status");
  const sum = (figure: (status: StoreStatus) => number) =>
    all.reduce((total, status) => total + figure(status), 0);
  const databases = statuses.map(
    ([name, { journalLength, journalLagMs, deadLetters }]): DatabaseStatus => ({
      ...{ name, journalLength, journalLagMs, deadLetters },
    }),
  );
  return {
    kind: first.kind,
    // All databases are in one Redis, or in files opened with the same options; distinct guarantees are still all listed.
    durability: [...new Set(all.map(({ durability }) => durability))].join("; "),
    ...(first.cache === undefined ? {} : { cache: first.cache }),
    tables: all.flatMap(({ tables }) => tables),
    journalLength: sum(({ journalLength }) => journalLength),
    journalLagMs: Math.max(...all.map(({ journalLagMs }) => journalLagMs)),
    deadLetters: sum(({ deadLetters }) => deadLetters),
    ...(all.length > 1 ? { databases } : {}),
  };
}
