import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { databaseError, errorNumbers } from "../../runtime/tables/mysql/mysql-error.ts";
import { root, sourceFiles } from "./source-tree.ts";

const page = readFileSync(join(root, "docs/DATA.md"), "utf8");

/** The rows of a table of the page, by its head. */
function rowsOf(head: string): string[][] {
  const start = page.indexOf(head);
  expect(start).toBeGreaterThan(0);
  const [table = ""] = page.slice(start).split("\n\n", 1);
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()));
}

test("the table of errors has every code that a table can throw, and no other", () => {
  const thrown = new Set<string>();
  for (const { path } of sourceFiles("runtime/tables")) {
    if (path.startsWith("runtime/tables/migrate/")) continue;
    const text = readFileSync(join(root, path), "utf8");
    for (const [, code] of text.matchAll(/\bfail\(\s*"([A-Z_]+)"/g)) thrown.add(code!);
  }
  expect(thrown.size).toBeGreaterThan(5);
  const documented = rowsOf("| error | of | when |").map(([, code]) => code!.replaceAll("`", ""));
  expect([...new Set(documented)].sort()).toEqual([...thrown].sort());
});

test("the table of MySQL's errors has every number that is told apart, with its code", () => {
  const documented = new Map<number, string>();
  for (const [, numbers, meaning] of rowsOf("| MySQL's and MariaDB's error | is |")) {
    const [, code = ""] = /^`(\w+)`/.exec(meaning!) ?? [];
    if (numbers === "any other") expect(codeOf(1064)).toBe(code);
    else for (const number of numbers!.split(", ")) documented.set(Number(number), code);
  }
  const known = Object.values(errorNumbers).flat() as number[];
  expect(new Set(known).size).toBe(known.length);
  const told = new Map(known.map((number) => [number, codeOf(number)]));
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(told));
});

function codeOf(errno: number): string {
  return databaseError(Object.assign(new Error("of the server"), { errno })).code;
}
