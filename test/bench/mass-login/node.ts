/**
 * The login node of one side: `node.ts LINK_PORT PLAYERS embedded FILE` or `... cached MYSQL_URL REDIS_URL`. It is ready when all
 * players have their three rows, and the database has them.
 */
import { EmbeddedStore, fail, GameNode, type TableStore, Tables } from "photinus";
import { SystemClock } from "../../../runtime/clock/clock.ts";
import { tellParent } from "../harness/children.ts";
import * as login from "../tables/fixtures/server/bench/login.service.ts";
import { protocol } from "../tables/fixtures/server/index.ts";
import { progressTable, purseTable, smallTable } from "../tables/fixtures/server/tables.tables.ts";
import { eachId } from "../tables/load.ts";
import { progressRow, purseRow, smallRow } from "../tables/rows.ts";
import { openCached } from "../tables/stores.ts";
import { serveDelay } from "./measured.ts";

const [port, players, kind, place, redisUrl] = process.argv.slice(2);
const store: TableStore =
  kind === "embedded"
    ? new EmbeddedStore({ file: place! })
    : await openCached({ mysqlUrl: place!, redisUrl: redisUrl! });

const node = await GameNode.open(
  (node) => {
    const rows = node.table(smallTable);
    const purses = node.table(purseTable);
    const progress = node.table(progressTable);
    return [
      login.implement({
        async signIn({ user }, ctx) {
          const [player, purse, reached] = await Promise.all([
            rows.get(user),
            purses.get(user),
            progress.get(user),
          ]);
          if (!player || !purse || !reached) throw fail("NOT_FOUND", `player ${user} is not complete`);
          await ctx.session.bind(user);
          return {
            name: player.trait_004,
            gold: purse.gold,
            level: reached.level,
            meadow: reached.meadow,
          };
        },
      }),
    ];
  },
  {
    name: "login-1",
    role: "login",
    gates: [{ host: "127.0.0.1", port: Number(port) }],
    schema: protocol.fingerprint,
    tables: new Tables(() => store, new SystemClock({ keepAlive: true }), store),
  },
);
await node.linked();
await eachId(Number(players), async (id) => {
  await Promise.all([
    node.table(smallTable).create(smallRow(id)),
    node.table(purseTable).create(purseRow(id)),
    node.table(progressTable).create(progressRow(id)),
  ]);
});
while ((await store.status()).journalLength > 0) await new Promise((resolve) => setTimeout(resolve, 200));
serveDelay(() => node.status().gates.every(({ sessions }) => sessions === 0));
tellParent({});
