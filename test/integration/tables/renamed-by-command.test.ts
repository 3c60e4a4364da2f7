import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Workshop } from "../process/game.ts";
import { fileOf, snippetsOf, textOf } from "../readme/snippets.ts";
import { readersFolder } from "../readme/sources.ts";

let workshop: Workshop;
const file = ".photinus/photinus.config.sqlite";

/** The game of the README, with its tables in a file. */
beforeEach(async () => {
  workshop = readersFolder();
  for (const { name, text, isAddition } of snippetsOf(textOf("README.md", "Guide")).flatMap(
    (one) => fileOf(one) ?? [],
  )) {
    if (isAddition) appendFileSync(join(workshop.folder, name), text);
    else workshop.write(name, text);
  }
  await fine("codegen");
  await fine("data", "migrate");
  sql("INSERT INTO player (id, name, gold, _version) VALUES (1, 'Ada', 7, 1)");
});
afterEach(() => workshop.close());

/** Runs a command that succeeds. */
async function fine(...args: string[]): Promise<string> {
  const { code, out, errors } = await workshop.run(...args);
  expect({ args, code, errors }).toEqual({ args, code: 0, errors: "" });
  return out;
}

function sql(statement: string): unknown[] {
  const database = new DatabaseSync(join(workshop.folder, file));
  try {
    return database
      .prepare(statement)
      .all()
      .map((row) => ({ ...row }));
  } finally {
    database.close();
  }
}

test.each([
  [
    "a column",
    "player.gold",
    "coins",
    'ALTER TABLE "player" RENAME COLUMN "gold" TO "coins"',
    "SELECT coins AS gold FROM player",
  ],
  ["a table", "player", "hero", 'ALTER TABLE "player" RENAME TO "hero"', "SELECT gold FROM hero"],
])(
  "%s that photinus rename renamed is found by data migrate under its former name",
  async (_what, from, to, statement, query) => {
    expect(await fine("rename", from, to)).toContain(statement.replaceAll('"', ""));
    await fine("codegen");
    const refused = await workshop.run("data", "migrate");
    expect(refused.code).toBe(1);
    expect(refused.out + refused.errors).toContain(statement);
    sql(statement);
    await fine("data", "migrate");
    expect(sql(query)).toEqual([{ gold: 7 }]);
  },
  60_000,
);

test("a column that had a name of its own is found under it", async () => {
  await fine("rename", "player.gold", "coins");
  sql("ALTER TABLE player RENAME COLUMN gold TO coins");
  await fine("rename", "player.coins", "money");
  await fine("codegen");
  const { code, out, errors } = await workshop.run("data", "migrate");
  expect(code).toBe(1);
  expect(out + errors).toContain('ALTER TABLE "player" RENAME COLUMN "coins" TO "money"');
}, 60_000);

test("a field and a message that photinus rename renamed need no migration", async () => {
  await fine("rename", "Player.gold", "coins");
  await fine("rename", "dice.Player", "Hero");
  await fine("codegen");
  expect(await fine("data", "migrate")).not.toContain("ALTER");
  expect(sql("SELECT gold FROM player")).toEqual([{ gold: 7 }]);
}, 60_000);
