import { expect, test } from "vitest";
import { dataStatusText, statusOf } from "../../../runtime/cli/data/data-status.ts";
import { deadLettersText, settle } from "../../../runtime/cli/data/dead-letter-commands.ts";
import type { DeadLetters } from "../../../runtime/tables/dead-letters.ts";
import { tablesOfSchema } from "../../setup/schema-tables.ts";

function written() {
  const texts = { out: "", errors: "" };
  const stdout = {
    write: (text: string) => {
      texts.out += text;
    },
  };
  const stderr = {
    write: (text: string) => {
      texts.errors += text;
    },
  };
  return { texts, output: { stdout, stderr } };
}

const letter = (id: string) => ({ id, table: "hero", key: "7", reason: "Data too\nlong", at: 0 });

function letters(ids: readonly string[]): DeadLetters & { readonly left: Set<string> } {
  const left = new Set(ids);
  return {
    left,
    list: async (limit) => [...left].slice(0, limit).map(letter),
    retry: async (id) => left.delete(id),
    drop: async (id) => left.delete(id),
  };
}

test("dead letters are settled by their ids, and one that is none is told", async () => {
  const { texts, output } = written();
  const box = letters(["a", "b"]);
  expect(await settle("retry", ["a", "x"], box, output)).toBe(1);
  expect(texts).toEqual({
    out: "1 dead letter returned to the journal.\n",
    errors: "error: dead letter x does not exist\n",
  });
  expect([...box.left]).toEqual(["b"]);
});

test("all dead letters are settled when none is named", async () => {
  const { texts, output } = written();
  const box = letters(["a", "b", "c"]);
  expect(await settle("drop", [], box, output)).toBe(0);
  expect(texts).toEqual({ out: "3 dead letters discarded.\n", errors: "" });
  expect(box.left.size).toBe(0);
});

test("a dead letter is one line, whatever the database said", () => {
  expect(deadLettersText([])).toBe("No dead letters.\n");
  expect(deadLettersText([letter("s3-1-0")]).split("\n")).toEqual([
    "id      refused at                table  key  reason",
    "s3-1-0  1970-01-01T00:00:00.000Z  hero     7  Data too long",
    "",
  ]);
});

test("the status has a line for each table, also for one that the store has not met", async () => {
  const tables = await tablesOfSchema(`
    message Hero {
      option (photinus.table) = { name: "hero" };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
    }
    message Item {
      option (photinus.table) = { name: "item" };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
    }`);
  const status = statusOf(
    {
      kind: "cached",
      durability: "up to one second can be lost",
      cache: {
        evictionPolicy: "noeviction",
        mayEvictChanges: false,
        persistence: "appendonly yes, appendfsync everysec",
      },
      tables: [{ name: "hero", database: "main", cachedRows: 12, dirtyRows: 3 }],
      journalLength: 4,
      journalLagMs: 250,
      deadLetters: 1,
    },
    tables,
  );
  expect(dataStatusText(status).split("\n")).toEqual([
    "store         Redis before MySQL",
    "durability    up to one second can be lost",
    "Redis         maxmemory-policy noeviction; appendonly yes, appendfsync everysec",
    "journal       4 changes, the oldest 250 ms old",
    "dead letters  1",
    "",
    "table  database  writes        cached rows  dirty rows",
    "hero   main      write-behind           12           3",
    "item   main      write-behind            0           0",
    "",
  ]);
  const cache = {
    evictionPolicy: "allkeys-lru",
    mayEvictChanges: true,
    persistence: 'appendonly no, save ""',
  };
  const lines = dataStatusText({ ...status, cache }).split("\n");
  expect(lines).toContain('Redis         maxmemory-policy allkeys-lru; appendonly no, save ""');
  expect(lines).toContain(
    "refused       nodes do not start with write-behind tables (hero, item) until maxmemory-policy is noeviction or volatile-lru",
  );
  expect(dataStatusText({ ...status, cache }, true)).not.toContain("refused");
  const through = status.tables.map((one) => ({ ...one, durability: "write-through" as const }));
  expect(dataStatusText({ ...status, cache, tables: through })).not.toContain("refused");
});

test("the status of several databases has a line for each, and tells tables of one name apart", async () => {
  const hero = (database: string) => `
    message Hero${database} {
      option (photinus.table) = { name: "hero" database: "${database}" };
      uint64 id = 1 [(photinus.column) = { primary_key: true }];
    }`;
  const tables = await tablesOfSchema(hero("main") + hero("shop"));
  const status = statusOf(
    {
      kind: "cached",
      durability: "none",
      tables: [
        { name: "hero", database: "main", cachedRows: 12, dirtyRows: 3 },
        { name: "hero", database: "shop", cachedRows: 5, dirtyRows: 1 },
      ],
      journalLength: 4,
      journalLagMs: 250,
      deadLetters: 1,
      databases: [
        { name: "main", journalLength: 3, journalLagMs: 20, deadLetters: 0 },
        { name: "shop", journalLength: 1, journalLagMs: 250, deadLetters: 1 },
      ],
    },
    tables,
  );
  expect(dataStatusText(status).split("\n")).toEqual([
    "store         Redis before MySQL",
    "durability    none",
    "journal       4 changes, the oldest 250 ms old",
    "dead letters  1",
    "",
    "database  journal                          dead letters",
    "main      3 changes, the oldest 20 ms old             0",
    "shop      1 change, the oldest 250 ms old             1",
    "",
    "table  database  writes        cached rows  dirty rows",
    "hero   main      write-behind           12           3",
    "hero   shop      write-behind            5           1",
    "",
  ]);
});
