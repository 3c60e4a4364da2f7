import type { CachedStore } from "../../../runtime/cache/cached/store.ts";
import { pause } from "../harness/pairs.ts";

/** Resolves when MariaDB has all that the journal held. */
export async function drained(store: CachedStore): Promise<void> {
  while ((await store.status()).journalLength > 0) await pause(20);
}
