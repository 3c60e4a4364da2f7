import { fail } from "../../../schema/errors.ts";
import { type DeadLetter, type DeadLetters, hasDeadLetters } from "../../tables/dead-letters.ts";
import { table } from "../status-text.ts";
import { loadData, type Output, withStore } from "./open-data.ts";

/** Most dead letters that `--all` settles in one run. */
const allCount = 100_000;

/** Prints dead letters as text or JSON, for `photinus data dead-letters list`. Resolves with the exit code. */
export async function listDeadLetters(
  options: { readonly config?: string; readonly limit: number; readonly json?: boolean },
  { stdout }: Output,
): Promise<number> {
  const list = await withDeadLetters(
    options.config,
    async (deadLetters) => (await deadLetters?.list(options.limit)) ?? [],
  );
  stdout.write(options.json === true ? `${JSON.stringify(list, undefined, 2)}\n` : deadLettersText(list));
  return 0;
}

/**
 * Retries or drops dead letters, for `photinus data dead-letters retry` and `drop`. Resolves with the exit code: 1 for an
 * unknown id. Throws INVALID_ARGUMENT unless either ids or `all` are given.
 */
export async function settleDeadLetters(
  action: "retry" | "drop",
  ids: readonly string[],
  options: { readonly config?: string; readonly all?: boolean },
  output: Output,
): Promise<number> {
  if (options.all === true ? ids.length > 0 : ids.length === 0) {
    throw fail("INVALID_ARGUMENT", `expected the ids of the dead letters to ${action}, or --all`);
  }
  return withDeadLetters(options.config, (deadLetters) => settle(action, ids, deadLetters, output));
}

/** Retries or drops the dead letters with these ids; without ids, all dead letters. Resolves with the exit code. */
export async function settle(
  action: "retry" | "drop",
  ids: readonly string[],
  deadLetters: DeadLetters | undefined,
  { stdout, stderr }: Output,
): Promise<number> {
  const chosen = ids.length > 0 ? ids : ((await deadLetters?.list(allCount)) ?? []).map(({ id }) => id);
  const missing: string[] = [];
  let count = 0;
  for (const id of chosen) {
    if (deadLetters !== undefined && (await deadLetters[action](id))) count++;
    else missing.push(id);
  }
  const done = action === "retry" ? "returned to the journal" : "discarded";
  stdout.write(`${count} ${count === 1 ? "dead letter" : "dead letters"} ${done}.\n`);
  for (const id of missing) stderr.write(`error: dead letter ${id} does not exist\n`);
  return missing.length === 0 ? 0 : 1;
}

/** Formats dead letters as a table for a person. */
export function deadLettersText(list: readonly DeadLetter[]): string {
  if (list.length === 0) return "No dead letters.\n";
  const rows = list.map(({ id, at, table: name, key, reason }) => [
    ...[id, new Date(at).toISOString(), name, key],
    reason.replaceAll(/\s+/g, " "),
  ]);
  return `${table(["id", "refused at", "table", "key", "reason"], rows).join("\n")}\n`;
}

async function withDeadLetters<T>(
  config: string | undefined,
  work: (deadLetters: DeadLetters | undefined) => Promise<T>,
): Promise<T> {
  return withStore(await loadData(config), (store) =>
    work(hasDeadLetters(store) ? store.deadLetters : undefined),
  );
}
