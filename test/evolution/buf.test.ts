import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Rule } from "../../codegen/evolution/rules/rule.ts";
import { rules } from "../../codegen/evolution/rules/rules.ts";
import { bufFindings, bufRules } from "./buf.ts";
import { corpus } from "./corpus/corpus.ts";
import { verdictOf } from "./corpus/found.ts";
import { rulesIn, sideBySide } from "./side-by-side.ts";

/** Rules of buf that no schema of Photinus can break, with the reason. */
const withoutUse: Readonly<Record<string, string>> = {
  ENUM_SAME_JSON_FORMAT: "only a feature of editions changes it",
  MESSAGE_SAME_JSON_FORMAT: "only a feature of editions changes it",
  FIELD_SAME_DEFAULT: "proto3 has no defaults",
  MESSAGE_SAME_REQUIRED_FIELDS: "proto3 has no required fields",
  RPC_SAME_CLIENT_STREAMING: "streams are refused",
  RPC_SAME_SERVER_STREAMING: "streams are refused",
  RPC_SAME_IDEMPOTENCY_LEVEL: "protobuf's own option has no effect; Photinus has idempotent",
};

// Error codes are not part of a schema, so buf cannot see them.
const pairs = corpus.filter(({ errors }) => errors === undefined);
let findings: readonly (readonly string[])[];

beforeAll(async () => {
  findings = await bufFindings(pairs);
}, 120_000);

describe("beside buf breaking, the gate", () => {
  test("calls no pair safe in which buf finds a change", () => {
    const missed = pairs.filter((pair, at) => (findings[at]?.length ?? 0) > 0 && verdictOf(pair) === "S");
    expect(missed.map(({ name }) => name)).toEqual([]);
    expect(findings.flat().length).toBeGreaterThan(50);
  });

  test("finds each change of buf's by a rule that names the rule of buf", () => {
    const missed = pairs.flatMap((pair, at) => {
      const known = rulesIn(pair).flatMap((name) => (rules[name] as Rule).buf ?? []);
      return (findings[at] ?? []).filter((id) => !known.includes(id)).map((id) => `${pair.name}: ${id}`);
    });
    expect(missed).toEqual([]);
  });

  test("knows every rule of the categories WIRE and WIRE_JSON, and has a pair that breaks it", async () => {
    const known = Object.values(rules).flatMap((rule) => ("buf" in rule ? rule.buf : []));
    const all = await bufRules(["WIRE", "WIRE_JSON"]);
    expect(all.length).toBeGreaterThan(20);
    expect([...new Set(known), ...Object.keys(withoutUse)].sort()).toEqual(all);
    expect([...new Set(findings.flat())].sort()).toEqual([...new Set(known)].sort());
  });

  test("finds what docs/EVOLUTION.md says that buf misses", () => {
    const page = readFileSync(new URL("../../docs/EVOLUTION.md", import.meta.url), "utf8");
    expect(page).toContain(sideBySide(pairs, findings));
    const unsafe = pairs.flatMap((pair, at) => (verdictOf(pair) === "S" ? [] : [findings[at]?.length ?? 0]));
    const missed = unsafe.filter((count) => count === 0).length;
    expect(page).toContain(
      `Of ${unsafe.length} pairs that are not safe, buf finds ${unsafe.length - missed} and misses ${missed}.`,
    );
  });
});
