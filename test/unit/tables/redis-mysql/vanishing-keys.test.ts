import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../../runtime/tables/", import.meta.url);

/**
 * Where a key gets a time to live, by file, and in TypeScript what it is exported as; any policy of eviction may take such a key at any
 * moment, so each has a reason why nothing hangs on it.
 */
const mayVanish: Readonly<Record<string, string>> = {
  "lua/open-fill.lua": "a token alone: who comes to fill the row in finds it gone, and reads the row again",
  "lua/fill-rows.lua": "a row as MySQL has it, or that MySQL has none: read again",
  "lua/touch-row.lua": "a row without a change that waits for MySQL: read again",
  "lua/settle-rows.lua":
    "a row, or its absence, that has just reached MySQL: read again; a row that is made anew begins with any version",
};

/** Commands, and words of commands, by which a key gets a time to live; not those that only look at it. */
const givesLife = /\b(p?expire(at)?|p?setex|getex|restore)\b|["'`](px|ex|pxat|exat|keepttl)["'`]/gi;

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.(ts|lua)$/.test(file) && !file.includes("/generated/"),
);

/** Parts of a file, by the constant or the function that they belong to. */
function partsOf(text: string): [name: string, part: string][] {
  const parts = text.split(/^(?=(?:export )?(?:const|function|async function|class) )/m);
  return parts.map((part) => [/^(?:export )?(?:async )?\w+ (\w+)/.exec(part)?.[1] ?? "", part]);
}

/** Parts of a file by their names; a Lua file is one part. */
const namedParts = (file: string, text: string): [name: string, part: string][] =>
  file.endsWith(".lua") ? [[file, text]] : partsOf(text).map(([name, part]) => [`${file} ${name}`, part]);

const givers = files.flatMap((file) =>
  namedParts(file, readFileSync(new URL(file, root), "utf8")).flatMap(([name, part]) =>
    withoutComments(file, part).match(givesLife) === null ? [] : [name],
  ),
);

test("every key that gets a time to live is one that may vanish at any moment", () => {
  expect(givers.toSorted()).toEqual(Object.keys(mayVanish).toSorted());
});

test("the look for times to live finds each way to give one", () => {
  const ways = [
    "redis.call('PEXPIRE', row, 5)",
    'redis.command("set", key, value, "NX", "PX", 5)',
    'redis.command("expireat", key, 5)',
    "redis.call('SETEX', key, 5, value)",
  ];
  for (const way of ways) expect(way.match(givesLife), way).not.toBeNull();
  expect("redis.call('PERSIST', row)".match(givesLife)).toBeNull();
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => file.endsWith(".lua")).length).toBeGreaterThan(30);
});

function withoutComments(file: string, text: string): string {
  if (file.endsWith(".lua")) return text.replace(/--.*/g, "");
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
}
