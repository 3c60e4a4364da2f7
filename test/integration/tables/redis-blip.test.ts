import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { addToColumn } from "../../../runtime/tables/lua/generated/lua-scripts.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import type { CachedStoreOptions } from "../../../runtime/tables/redis-mysql/cached-store-options.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { heroTable } from "../../conformance/tables/fixtures/server/tables.tables.ts";
import { type MariaDb, startMariaDb } from "../../setup/servers/mariadb.ts";
import { type RedisServer, startRedis } from "../../setup/servers/redis.ts";

let maria: MariaDb;
let redis: RedisServer;
beforeAll(async () => {
  maria = await startMariaDb();
  redis = await startRedis();
});
afterAll(async () => {
  await maria?.[Symbol.asyncDispose]();
  await redis?.[Symbol.asyncDispose]();
});

const columnOf = (property: string) => heroTable.columns.findIndex((column) => column.property === property);
const [gold, note] = [columnOf("gold"), columnOf("note")];
const heroCount = 40;
/** Longer than any test waits, unless a test is about it. */
const patient = { reconnectWaitMs: 20_000 };

/** A store with cached heroes, whose way to Redis can be broken. */
async function openWorld(options: Partial<CachedStoreOptions>) {
  const opened = new AsyncDisposableStack();
  onTestFinished(() => opened.disposeAsync());
  const { url } = await maria.createDatabase();
  const way = opened.use(await breakable(Number(new URL(redis.url).port)));
  const tables = await tablesOfProtocol();
  const store = await CachedStore.open({
    ...{ tables, writer: false, prefix: `blip${way.port}`, ...options },
    ...{ mysqlUrl: url, redisUrl: `redis://127.0.0.1:${way.port}` },
  });
  opened.defer(() => store.close({ graceMs: 100 }).then(() => undefined));
  const heroes = Array.from({ length: heroCount }, (_, at) =>
    store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name: `hero ${at}` }))),
  );
  const ids = (await Promise.all(heroes)).map(({ values }) => values[0] as bigint);
  const earn = (id: bigint) => store.increment(heroTable, [id], { column: gold, delta: 1n });
  // From now on the function is called by its digest.
  await Promise.all(ids.map((id) => store.increment(heroTable, [id], { column: gold, delta: 0n })));
  return { store, way, ids, earn };
}

const tablesOfProtocol = async () => {
  const { protocol } = await import("../../conformance/tables/fixtures/server/index.ts");
  return protocol.tables!();
};

/** What became of changes: "done", or the end of an UNAVAILABLE and its typed detail. */
async function outcomesOf(changes: readonly Promise<unknown>[]): Promise<Set<string>> {
  const results = await Promise.allSettled(changes);
  return new Set(
    results.map((result) => {
      if (result.status === "fulfilled") return "done";
      const error: unknown = result.reason;
      if (!isPhotinusError(error) || error.code !== "UNAVAILABLE") return String(error);
      const [, told = "nothing"] = /\(([^()]+)\)$/.exec(error.message) ?? [];
      return told === error.outcome ? told : `${told}, and ${error.outcome}`;
    }),
  );
}

/** Expects changes that were sent. A change behind an earlier call in flight had not been, and was sent on the next connection. */
function expectSent(outcomes: ReadonlySet<string>): void {
  expect(outcomes).toContain("may have happened");
  expect(new Set(["may have happened", "done", ...outcomes])).toEqual(new Set(["may have happened", "done"]));
}

test("calls that a broken connection had not sent wait for the next one, and are made in their order", async () => {
  const { store, way, ids, earn } = await openWorld(patient);
  for (let round = 1; round <= 3; round++) {
    await way.breakOff();
    const changes = ids.flatMap((id) => [
      earn(id),
      store.write(heroTable, [id], [{ column: note, value: `first ${round}` }]),
      store.write(heroTable, [id], [{ column: note, value: `last ${round}` }]),
    ]);
    const reads = store.read(
      heroTable,
      ids.map((id) => [id]),
    );
    await sleep(50);
    way.allow();
    expect(await outcomesOf(changes)).toEqual(new Set(["done"]));
    const rows = await reads;
    const expected = ids.map(() => [BigInt(round), `last ${round}`]);
    expect(rows.map((row) => [row!.values[gold], row!.values[note]])).toEqual(expected);
  }
});

test("a connection that does not come back in time leaves changes not sent, and those after them at once", async () => {
  const { store, way, ids, earn } = await openWorld({ reconnectWaitMs: 100 });
  await way.breakOff();
  expect(await outcomesOf(ids.map(earn))).toEqual(new Set(["not sent"]));
  // More turns than there is room for, if each waited.
  for (let turn = 0; turn < 1_000; turn++)
    expect(await outcomesOf([earn(ids[turn % heroCount]!)])).toEqual(new Set(["not sent"]));
  way.allow();
  await expect.poll(() => outcomesOf([earn(ids[0]!)]), { timeout: 20_000 }).toEqual(new Set(["done"]));
  const [row] = await store.read(heroTable, [[ids[1]!]]);
  expect(row!.values[gold]).toBe(0n);
});

test("changes that were sent may have happened when the connection breaks, and none is sent again", async () => {
  const { store, way, ids, earn } = await openWorld(patient);
  way.keepAnswers();
  const sent = outcomesOf(ids.map(earn));
  await way.asked(addToColumn.sha);
  // These are behind them, on the same connections, and have not been sent.
  const waiting = outcomesOf(ids.map(earn));
  await sleep(20);
  await way.breakOff();
  way.allow();
  expectSent(await sent);
  expect(await waiting).toEqual(new Set(["done"]));
  const rows = await store.read(
    heroTable,
    ids.map((id) => [id]),
  );
  // Once, or twice when Redis had been asked: never three times.
  for (const row of rows) expect([1n, 2n]).toContain(row!.values[gold]);
});

test("a connection that has come back is not ended for the silence of the one before it", async () => {
  // Long enough that a machine with much to do answers within it.
  const silenceMs = 1_500;
  const { way, ids, earn } = await openWorld({ ...patient, silenceMs });
  way.keepAnswers();
  const sent = outcomesOf(ids.map(earn));
  await way.asked(addToColumn.sha);
  await way.breakOff();
  way.allow();
  expectSent(await sent);
  expect(await outcomesOf(ids.map(earn))).toEqual(new Set(["done"]));
  const { connections } = way;
  await sleep(2 * silenceMs);
  expect(await outcomesOf(ids.map(earn))).toEqual(new Set(["done"]));
  expect(way.connections).toBe(connections);
});

interface Way extends AsyncDisposable {
  readonly port: number;
  /** How many connections there have been. */
  readonly connections: number;
  /** Ends all connections, and ends new ones at once; resolves when those who had them know it. */
  breakOff(): Promise<void>;
  /** Takes new connections. */
  allow(): void;
  /** Gives no answers of Redis any more, on these connections. */
  keepAnswers(): void;
  /** Resolves when a function was called since: the store has calls of its own between those of a test. */
  asked(sha: string): Promise<void>;
}

/** A way to Redis. */
async function breakable(port: number): Promise<Way> {
  const pairs = new Set<[Socket, Socket]>();
  let isBroken = false;
  let connections = 0;
  let onAsked = (_chunk: Buffer) => {};
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    if (isBroken) return void socket.destroy();
    connections++;
    const target = connect(port, "127.0.0.1");
    const pair: [Socket, Socket] = [socket, target];
    pairs.add(pair);
    socket.on("data", (chunk) => {
      onAsked(chunk);
      target.write(chunk);
    });
    target.on("data", (chunk) => socket.write(chunk));
    target.on("error", () => undefined);
    for (const [one, other] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      one.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    async breakOff() {
      isBroken = true;
      const closed = [...pairs].map(([socket]) => once(socket, "close"));
      for (const [socket] of pairs) socket.destroy();
      await Promise.all(closed);
      // The client's end hears of it a turn later.
      await sleep(5);
    },
    allow() {
      isBroken = false;
    },
    keepAnswers() {
      for (const [, target] of pairs) target.removeAllListeners("data");
      for (const [, target] of pairs) target.resume();
    },
    asked: (sha) =>
      new Promise((resolve) => {
        onAsked = (chunk) => {
          if (chunk.includes(sha)) resolve();
        };
      }),
    async [Symbol.asyncDispose]() {
      for (const [socket] of pairs) socket.destroy();
      server.close();
    },
  };
}
