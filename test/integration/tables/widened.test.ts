import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { isHeld } from "../../../runtime/tables/columns/integer-range.ts";
import { TableHandle } from "../../../runtime/tables/handle/table-handle.ts";
import type { Table } from "../../../runtime/tables/handle/table-shape.ts";
import { migrate } from "../../../runtime/tables/migrate/migrate.ts";
import { openMysql } from "../../../runtime/tables/migrate/mysql-migrations.ts";
import { CachedStore } from "../../../runtime/tables/redis-mysql/cached-store.ts";
import { EmbeddedStore } from "../../../runtime/tables/sqlite/embedded-store.ts";
import type { ColumnValue, TableDescriptor, TableLayout } from "../../../runtime/tables/table-layout.ts";
import type { TableStore } from "../../../runtime/tables/table-store.ts";
import { codeOf } from "../../conformance/tables/suite/world.ts";
import { generator } from "../../setup/generator.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";
import { openMySql } from "../../setup/servers/mariadb.ts";
import { startRedis } from "../../setup/servers/redis.ts";

type Durability = TableLayout["durability"];

/** The table of heroes with numbers of 32 bits, or of 64 in their places. */
async function heroes(bits: 32 | 64, durability: Durability): Promise<TableLayout> {
  const [table] = await tablesOfSchema(`message Hero {
    option (photinus.table) = { name: "hero" };
    uint64 id = 1 [(photinus.column) = { primary_key: true }];
    string name = 2 [(photinus.column) = { unique: true max_length: 20 }];
    int${bits} gold = 3;
    ${bits === 32 ? "uint32" : "int64"} gems = 4;
    optional sint${bits} rank = 5 [(photinus.column) = { index: true }];
    uint${bits} dust = 6 [(photinus.column) = { unique: true }];
    int32 level = 7;
  }`);
  return { ...table!, durability };
}

const [name, gold, gems, rank, dust, level] = [1, 2, 3, 4, 5, 6];
const widened = [gold, gems, rank, dust] as const;

/** A store that knows one of the schemas. */
interface Node {
  readonly table: TableLayout;
  readonly store: TableStore;
}

interface Place {
  readonly old: readonly Node[];
  readonly young: readonly Node[];
  /** Takes some rows out of the cache. */
  forgetSome(random: () => number): Promise<void>;
  /** The rows as the database alone has them. */
  stored(keys: readonly ColumnValue[][]): Promise<readonly (readonly ColumnValue[] | undefined)[]>;
}

async function cached(durability: Durability): Promise<Place> {
  const server = await openMySql();
  const redis = await startRedis();
  const database = await server.createDatabase();
  const client = new Redis(redis.url);
  const urls = { mysqlUrl: database.url, redisUrl: redis.url, leaseMs: 300, flushMs: 5 };
  const before = await heroes(32, durability);
  const after = await heroes(64, durability);
  for (const table of [before, after]) {
    const target = await openMysql("main", database.url);
    await migrate([target], [table]);
    await target.close();
  }
  const open = async (table: TableLayout) => ({
    table,
    store: await CachedStore.open({ ...urls, tables: [table] }),
  });
  const old = [await open(before), await open(before)];
  const young = [await open(after), await open(after)];
  const all = [...old, ...young];
  onTestFinished(async () => {
    for (const { store } of all) await store.close();
    client.disconnect();
    await database.drop();
    await redis[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return {
    old,
    young,
    async forgetSome(random) {
      for (const key of await client.keys("p:*:r:*")) {
        if (random() < 0.5) continue;
        await client.eval(
          "if string.find(redis.call('HGET', KEYS[1], 'v') or '@', '@') then return 0 end return redis.call('DEL', KEYS[1])",
          1,
          key,
        );
      }
    },
    async stored(keys) {
      const [first] = young;
      await expect.poll(async () => (await first!.store.status()).journalLength, { timeout: 60_000 }).toBe(0);
      expect((await first!.store.status()).deadLetters).toBe(0);
      const cold = await CachedStore.open({ ...urls, prefix: "cold", writer: false });
      const rows = await cold.read(after, keys);
      await cold.close();
      return rows.map((row) => row?.values);
    },
  };
}

async function embedded(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), "photinus-widened-"));
  const file = join(folder, "game.sqlite");
  const before = await heroes(32, "write-behind");
  const after = await heroes(64, "write-behind");
  const open = (table: TableLayout) => ({ table, store: new EmbeddedStore({ file }) });
  const old = [open(before), open(before)];
  const young = [open(after), open(after)];
  onTestFinished(async () => {
    for (const { store } of [...old, ...young]) await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    old,
    young,
    forgetSome: async () => undefined,
    stored: async (keys) => (await young[0]!.store.read(after, keys)).map((row) => row?.values),
  };
}

const places: readonly (readonly [string, () => Promise<Place>])[] = [
  ["Redis before MySQL, write-behind", () => cached("write-behind")],
  ["Redis before MySQL, write-through", () => cached("write-through")],
  ["embedded", embedded],
];

const kinds = [
  "newer",
  "newer",
  "newer",
  "level",
  "name",
  "add",
  "add",
  "add",
  "read",
  "read",
  "anew",
] as const;
const rowCount = 24;
const turns = 60;

/**
 * What one lane draws by chance. Each lane has numbers of its own, so that its steps, and what is counted of them, are
 * the same in every run, however lanes overtake each other.
 */
function choices(lane: number) {
  const random = generator(16 + lane);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  /** Around the ends of 32 bits, of 53 and of 64, and anything. */
  const anyWhole = (isSigned: boolean): bigint => {
    const edge = pick([0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 9n]);
    const value = edge + BigInt(below(9)) - (edge === 0n ? 0n : 4n);
    return isSigned && random() < 0.5 ? -value : value;
  };
  return { random, below, pick, wholeOf: (column: number) => anyWhole(column !== dust) };
}

describe.each(places)("on %s", (_name, begin) => {
  test("nodes of a schema with narrower numbers never cut those of a newer one, whatever they change beside them", {
    timeout: 120_000,
  }, async () => {
    const { old, young, forgetSome, stored } = await begin();
    let refused = 0;
    let carried = 0;
    /** One row is changed by one after another, at any node; rows are changed side by side. */
    const lane = async (id: number): Promise<readonly ColumnValue[]> => {
      const { random, below, pick, wholeOf } = choices(id);
      const key = [BigInt(id)];
      const start = [BigInt(id), `hero ${id}`, 0n, 0n, null, BigInt(id), 0];
      const { store: first, table } = pick(young);
      await first.create(table, start);
      const model: ColumnValue[] = [...start];
      for (let turn = 0; turn < turns; turn++) {
        const { store, table: own } = random() < 0.6 ? pick(old) : pick(young);
        const column = pick(widened);
        const { kind } = own.columns[column]!;
        const isOld = kind === "int32" || kind === "uint32";
        const was = model[column] as bigint | null;
        switch (pick(kinds)) {
          case "newer": {
            const node = pick(young);
            // Every row has a unique value of its own.
            const value =
              column === dust
                ? wholeOf(column) * 1000n + BigInt(id)
                : column === rank && random() < 0.3
                  ? null
                  : wholeOf(column);
            if (value !== null && (value > 2n ** 63n - 1n || value < -(2n ** 63n))) break;
            await node.store.write(node.table, key, [{ column, value }]);
            model[column] = value;
            break;
          }
          case "level":
            await store.increment(own, key, { column: level, delta: 1 });
            model[level] = (model[level] as number) + 1;
            break;
          case "name": {
            model[name] = `hero ${id} ${turn}`;
            await store.write(own, key, [{ column: name, value: model[name] }]);
            break;
          }
          case "add": {
            if (was === null || column === dust) break;
            const delta = BigInt(below(9) - 4);
            const sum = was + delta;
            const add = store.increment(own, key, { column, delta: isOld ? Number(delta) : delta });
            if (isOld && !(isHeld(kind, was) && isHeld(kind, sum))) {
              expect(await codeOf(add)).toBe("OUT_OF_RANGE");
              refused++;
            } else if (sum <= 2n ** 63n - 1n && sum >= -(2n ** 63n)) {
              expect(BigInt(await add)).toBe(sum);
              model[column] = sum;
            } else expect(await codeOf(add)).toBe("OUT_OF_RANGE");
            break;
          }
          case "read": {
            const [row] = await store.read(own, [key]);
            if (isOld && was !== null && !isHeld(kind, was)) {
              expect(row?.values[column]).toBe(was);
              carried++;
            } else expect(row?.values[column]).toBe(isOld && was !== null ? Number(was) : was);
            // What an update makes of it: by version, of another column.
            await store.write(own, key, [{ column: level, value: turn }], row!.version);
            model[level] = turn;
            break;
          }
          case "anew":
            expect(await store.remove(own, key)).toBe(true);
            model.splice(0, model.length, ...start);
            await first.create(table, start);
        }
      }
      return model;
    };
    let isOver = false;
    const forgetting = (async () => {
      const { random } = choices(rowCount);
      while (!isOver) {
        await forgetSome(random);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const lanes = Array.from({ length: rowCount }, (_, id) => lane(id));
    const models = await Promise.all(lanes).finally(() => {
      isOver = true;
    });
    await forgetting;
    const keys = models.map(([id]) => [id!]);
    expect(await stored(keys)).toEqual(models);
    // So many are certain: no draw depends on which lane comes first.
    expect(refused).toBeGreaterThan(rowCount);
    expect(carried).toBeGreaterThan(rowCount);
  });

  test("a node of the earlier schema refuses to read a number that it would cut, and works on beside it", async () => {
    const { old, young, stored } = await begin();
    const [young1] = young;
    const rich = 3_000_000_000n;
    await young1!.store.create(young1!.table, [1n, "Ada", rich, 0n, null, 1n, 0]);
    const players = handleOf(old[0]!);
    for (const read of [
      () => players.get(1n),
      () => players.getMany([1n]),
      () => players.load(1n),
      () => players.update(1n, () => ({ level: 2 })),
      () => players.rowsBy("name", "Ada"),
      () => players.stream().next(),
    ]) {
      await expect(read()).rejects.toThrow(
        "OUT_OF_RANGE: hero.gold has a value beyond int32; a process of a newer schema wrote it",
      );
    }
    expect(await players.exists(1n)).toBe(true);
    await players.patch(1n, { level: 3 });
    expect(await players.increment(1n, "level", 1)).toBe(4);
    expect(await codeOf(players.increment(1n, "gold", -1_000_000_000))).toBe("OUT_OF_RANGE");
    expect(await stored([[1n]])).toEqual([[1n, "Ada", rich, 0n, null, 1n, 4]]);
  });
});

interface Hero {
  id: bigint;
  name: string;
  gold: number;
  level: number;
}

interface HeroShape {
  row: Hero;
  key: bigint;
  fixed: "id";
  required: "id";
  indexes: { name: string };
  entity: object;
}

/** What generated code would make of the table. */
function handleOf({ table, store }: Node): TableHandle<HeroShape> {
  const described: TableDescriptor<Hero, bigint> = {
    ...table,
    valuesOf: (row) => table.columns.map(({ property }) => row[property as keyof Hero] as ColumnValue),
    valueOf: (_column, value) => value as ColumnValue,
    rowOf: (values) =>
      Object.fromEntries(table.columns.map(({ property }, at) => [property, values[at]])) as unknown as Hero,
    keyOf: ({ id }) => id,
    newRow: (init) => ({ id: 0n, name: "", gold: 0, level: 0, ...init }),
    keyValues: (key) => [key],
    keyFrom: ([key]) => key as bigint,
    indexValues: (_index, value) => [value as ColumnValue],
  };
  return new TableHandle({ ...described, entity: class {} } as unknown as Table<HeroShape>, store);
}
