import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runJob } from "../../../../codegen/cli/run-job.ts";
import { resolveScript } from "../../../../codegen/lua/includes.ts";
import { compileScripts, lua } from "../../../../codegen/lua/lua-target.ts";
import { lintScripts } from "../../../setup/lua-lint.ts";

const files = (texts: Readonly<Record<string, string>>) => new Map(Object.entries(texts));

test("an included part stands in its place, with the indentation of the place, and without comments", () => {
  const script = resolveScript(
    files({
      "give-one.lua":
        '#!lua flags=allow-oom\n-- Gives one.\n-- KEYS none.\nlocal function one()\n  --#include "parts/x.lua"\nend\nreturn one()\n',
      "parts/x.lua": "-- What x is.\n\nlocal x = 1 -- here\nreturn x\n",
    }),
    "give-one.lua",
  );
  expect(script.lines.map(({ text }) => text)).toEqual([
    "#!lua flags=allow-oom",
    "local function one()",
    "  local x = 1 -- here",
    "  return x",
    "end",
    "return one()",
  ]);
  expect(script.lines[2]).toMatchObject({ file: "parts/x.lua", line: 3 });
  expect(script.comment).toEqual(["Gives one.", "KEYS none."]);
});

test.each([
  [{ "a.lua": '--#include "parts/b.lua"\n' }, "a.lua includes parts/b.lua, which does not exist"],
  [
    { "a.lua": '--#include "parts/b.lua"\n', "parts/b.lua": '\n--#include "a.lua"\n' },
    "parts/b.lua:2 includes a.lua, which includes parts/b.lua",
  ],
  [{ "a.lua": "--#insert b\n" }, 'a.lua:1: unknown directive "insert"; expected include or append'],
])("a wrong directive is refused with its place: %j", (texts, message) => {
  expect(() => resolveScript(files(texts as Record<string, string>), "a.lua")).toThrow(message);
});

test("each script becomes a constant with its text, its digest, and the arguments that it wants appended", () => {
  const { text } = compileScripts(
    files({
      "say-it.lua": "-- Says it.\n--#include \"parts/life.lua\"\nreturn '`{life}\\n'\n",
      "parts/life.lua": "--#append life\nlocal life = ARGV[#ARGV]\n",
    }),
  );
  expect(text).toContain("/** Says it. */\nexport const sayIt = Object.freeze({");
  expect(text).toContain('appends: ["life"],');
  expect(text).toContain("return '\\`{life}\\\\n'`,");
  expect(text).toMatch(/sha: "[0-9a-f]{40}",/);
});

test("a changed script is found stale by a check, written by a run, and then up to date", async () => {
  const folder = mkdtempSync(join(tmpdir(), "photinus-lua-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "lua"));
  const write = (text: string) => writeFileSync(join(folder, "lua/one.lua"), text);
  const told: string[] = [];
  const output = {
    print: (line: string) => void told.push(line),
    complain: (line: string) => void told.push(line),
  };
  const job = { schema: "lua", out: "lua/generated", targets: [lua], importExtension: "ts" } as const;
  const run = (check: boolean) => runJob(job, { folder, check, output });
  write("return 1\n");
  expect(await run(false)).toBe(true);
  expect(await run(true)).toBe(true);
  write("return 2\n");
  expect(await run(true)).toBe(false);
  expect(told.join("\n")).toContain("stale     lua/generated/lua-scripts.ts");
  expect(await run(false)).toBe(true);
  expect(await run(true)).toBe(true);
  expect(readFileSync(join(folder, "lua/generated/lua-scripts.ts"), "utf8")).toContain("return 2");
  write('--#include "two.lua"\n');
  expect(await run(false)).toBe(false);
  expect(told.at(-1)).toBe("error: lua/one.lua includes two.lua, which does not exist");
});

test("the lint names the place of a global that Redis does not give, of a mistake, and of a part that is not used", () => {
  const problems = lintScripts(
    files({
      "a.lua": '--#include "parts/b.lua"\nreturn lenght\n',
      "c.lua": "local x = (1\nreturn x\n",
      "parts/b.lua": "\ncount = 1\nlocal t = {len = #KEYS}\nredis.call('PING', t.len)\n",
      "parts/d.lua": "return 1\n",
    }),
  );
  expect(problems).toEqual([
    'parts/b.lua:2: "count" is neither a local nor a global that Redis gives',
    'a.lua:2: "lenght" is neither a local nor a global that Redis gives',
    expect.stringMatching(/^c\.lua:2: .*\)/),
    "parts/d.lua:1: no script includes it",
  ]);
});
