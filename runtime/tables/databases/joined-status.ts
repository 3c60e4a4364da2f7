import { fail } from "../../../schema/errors.ts";
import type { DatabaseStatus, StoreStatus } from "../table-store.ts";

/** The figures of all databases together, and of each when there are several. */
export function joinedStatus(
  statuses: readonly (readonly [name: string, status: StoreStatus])[],
): StoreStatus {
  const all = statuses.map(([, status]) => status);
  const [first] = all;
  if (first === undefined) throw fail("INTERNAL", "there is no database");
  const sum = (figure: (status: StoreStatus) => number) =>
    all.reduce((total, status) => total + figure(status), 0);
  const databases = statuses.map(
    ([name, { journalLength, journalLagMs, deadLetters }]): DatabaseStatus => ({
      ...{ name, journalLength, journalLagMs, deadLetters },
    }),
  );
  return {
    kind: first.kind,
    // They are in one Redis, or in files that are opened alike; still nobody says more than all of them give.
    durability: [...new Set(all.map(({ durability }) => durability))].join("; "),
    ...(first.cache === undefined ? {} : { cache: first.cache }),
    tables: all.flatMap(({ tables }) => tables),
    journalLength: sum(({ journalLength }) => journalLength),
    journalLagMs: Math.max(...all.map(({ journalLagMs }) => journalLagMs)),
    deadLetters: sum(({ deadLetters }) => deadLetters),
    ...(all.length > 1 ? { databases } : {}),
  };
}
