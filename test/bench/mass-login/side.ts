/** Logins that each read three tables, in a process of their own; how long its event loop is held up is measured. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { EmbeddedStore } from "../../../runtime/cache/embedded/store.ts";
import type { TableStore } from "../../../runtime/cache/store.ts";
import { TableHandle } from "../../../runtime/cache/table/handle.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { progressTable, purseTable, smallTable } from "../tables/fixtures/server/index.ts";
import { eachId } from "../tables/load.ts";
import { progressRow, purseRow, smallRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";

/** What is asked: so many logins, so many of them under way. */
export interface LoginRequest {
  readonly logins: number;
  readonly lanes: number;
}

export interface LoginResult {
  readonly perSecond: number;
  /** Event-loop delay, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const [kind, countText, mysqlUrl, redisUrl, file] = process.argv.slice(2);
const count = Number(countText);

const store: TableStore =
  kind === "embedded"
    ? new EmbeddedStore({ file: file! })
    : await openCached({ mysqlUrl: mysqlUrl!, redisUrl: redisUrl! });
const players = new TableHandle(smallTable, store);
const purses = new TableHandle(purseTable, store);
const progress = new TableHandle(progressTable, store);
await eachId(count, async (id) => {
  await Promise.all([
    players.create(smallRow(id)),
    purses.create(purseRow(id)),
    progress.create(progressRow(id)),
  ]);
});
// The writer has brought all of it to MySQL before anything is measured.
while ((await store.status()).journalLength > 0) await new Promise((resolve) => setTimeout(resolve, 200));

async function login(id: bigint): Promise<void> {
  const rows = await Promise.all([players.get(id), purses.get(id), progress.get(id)]);
  if (rows.includes(undefined)) throw new Error(`player ${id} is not complete`);
}

serveParent<LoginRequest>(async ({ logins, lanes }): Promise<LoginResult> => {
  let left = logins;
  const run = async () => {
    while (left > 0) {
      await login(BigInt(1 + (left-- % count)));
      // A login comes from a socket: the next one is not there before the event loop has turned.
      await new Promise(setImmediate);
    }
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begin = performance.now();
  await Promise.all(Array.from({ length: lanes }, run));
  const took = performance.now() - begin;
  delay.disable();
  const ms = (ns: number) => Number((ns / 1e6).toFixed(2));
  return {
    perSecond: Math.round((logins * 1_000) / took),
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    most: ms(delay.max),
  };
});
tellParent({});
