import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { MemoryTicketStore, type TicketStore } from "../../../runtime/gate/auth/ticket-store.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { MysqlTickets } from "../../../runtime/tables/tickets/mysql-tickets.ts";
import { SqliteTickets } from "../../../runtime/tables/tickets/sqlite-tickets.ts";
import { type MySql, openMySql } from "../../setup/servers/mariadb.ts";

/** Place of a store: each call opens it once more, as another gate or a later run does. */
type Open = () => Promise<TicketStore>;

let mysql: MySql;
beforeAll(async () => {
  mysql = await openMySql();
});
afterAll(() => mysql[Symbol.asyncDispose]());

const places: readonly (readonly [string, () => Promise<Open>])[] = [
  [
    "memory",
    async () => {
      const store = new MemoryTicketStore();
      return () => Promise.resolve(store);
    },
  ],
  [
    "SQLite",
    async () => {
      const file = join(await mkdtemp(join(tmpdir(), "photinus-tickets-")), "game.sqlite-tickets");
      return async () => new SqliteTickets(file, "normal");
    },
  ],
  [
    "MySQL",
    async () => {
      const { url } = await mysql.createDatabase();
      const options = { url, connections: 4, timeoutMs: 5_000, clock: systemClock, log: silentLogger };
      return () => MysqlTickets.open({ ...options, createTables: true });
    },
  ],
];

describe.each(places)("a store of tickets in %s", (_name, newPlace) => {
  test("keeps revocations for every gate and for later runs, the later time of each user", async () => {
    const open = await newPlace();
    const one = await open();
    const two = await open();
    const largest = 2n ** 64n - 1n;
    await one.revoke([
      { userId: 7n, notBeforeMs: 2_000 },
      { userId: largest, notBeforeMs: 1_700_000_000_000 },
    ]);
    await two.revoke([{ userId: 7n, notBeforeMs: 1_000 }]);
    await two.revoke([{ userId: 8n, notBeforeMs: 500 }]);
    await one.close();
    await two.close();
    const later = await open();
    const found = await later.revocations(1_000);
    expect(found.toSorted((a, b) => a.notBeforeMs - b.notBeforeMs)).toEqual([
      { userId: 7n, notBeforeMs: 2_000 },
      { userId: largest, notBeforeMs: 1_700_000_000_000 },
    ]);
    expect((await later.revocations(0)).length).toBe(3);
    await later.close();
  });

  test("takes the id of a ticket once, from whichever gate comes first", async () => {
    const open = await newPlace();
    const one = await open();
    const two = await open();
    const uses = [one, two, one, two].map((store) => store.use("an-id", 5_000));
    expect((await Promise.all(uses)).filter(Boolean).length).toBe(1);
    expect(await two.use("An-Id", Number.POSITIVE_INFINITY)).toBe(true);
    await one.close();
    await two.close();
    const later = await open();
    expect(await later.use("an-id", 5_000)).toBe(false);
    expect(await later.use("An-Id", 5_000)).toBe(false);
    await later.close();
  });

  test("forgets ids that have expired, and old revocations", async () => {
    const open = await newPlace();
    const store = await open();
    await store.revoke([
      { userId: 7n, notBeforeMs: 1_000 },
      { userId: 8n, notBeforeMs: 2_000 },
    ]);
    await store.use("old", 5_000);
    await store.use("new", 6_000);
    await store.forget(5_000, 2_000);
    expect(await store.revocations(0)).toEqual([{ userId: 8n, notBeforeMs: 2_000 }]);
    expect(await store.use("old", 9_000)).toBe(true);
    expect(await store.use("new", 9_000)).toBe(false);
    await store.close();
  });
});
