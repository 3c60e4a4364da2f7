import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rules, rulesOf } from "../../../../codegen/evolution/rules/rules.ts";

const page = readFileSync(new URL("../../../../docs/EVOLUTION.md", import.meta.url), "utf8");

test("docs/EVOLUTION.md lists every rule with its number, classes, title and remedy, and no other", () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d*) \| ((?:`[A-Z]!?` ?)+)\| (.*?) \| (.*) \|$/gm)];
  const shown = rows.map(([, name, number, classes, title, remedy]) => ({
    name,
    number: number === "" ? undefined : Number(number),
    classes: classes?.replaceAll("`", "").trim().split(" "),
    title,
    remedy,
  }));
  const known = Object.entries(rules).map(([name, rule]) => {
    const { classes, title, remedy } = rule;
    return { name, number: "number" in rule ? rule.number : undefined, classes: [...classes], title, remedy };
  });
  expect(shown).toEqual(known);
});

test("a rule is found by its name, and all rules of a number by the number", () => {
  expect(rulesOf("auth-lowered")).toEqual(["auth-lowered"]);
  expect(rulesOf("8")).toEqual(["auth-raised", "auth-lowered"]);
  expect(rulesOf("auth")).toEqual([]);
  expect(rulesOf("undefined")).toEqual([]);
  expect(rulesOf("")).toEqual([]);
});
