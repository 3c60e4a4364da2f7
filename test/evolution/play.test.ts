import { describe, expect, test } from "vitest";
import { corpus } from "./corpus/corpus.ts";
import { type Pair, pair } from "./corpus/pair.ts";
import { exemption } from "./play/exempt.ts";
import { Findings, type Party } from "./play/finding.ts";
import { unproven } from "./play/judge.ts";

function expecting(...expected: readonly string[]): Pair {
  return pair("a pair", "before", "after", expected);
}

function hurting(...parties: readonly Party[]): Findings {
  const findings = new Findings();
  for (const party of parties) findings.add(party, "a value is lost");
  return findings;
}

describe("a pair that is played", () => {
  test("is safe only when nobody is hurt", () => {
    expect(unproven(expecting("field-added S"), hurting())).toBeUndefined();
    expect(unproven(expecting("field-renamed S! | other SDK"), hurting())).toBeUndefined();
    expect(unproven(expecting("field-added S"), hurting("old client"))).toBe(
      "old client is hurt: a value is lost",
    );
  });

  test("breaks only when one of the parties that it names is hurt", () => {
    const broken = expecting("field-deleted B | old client, new client");
    expect(unproven(broken, hurting("new client"))).toBeUndefined();
    expect(unproven(broken, hurting("new client", "old node"))).toBeUndefined();
    expect(unproven(broken, hurting())).toBe("field-deleted hurts nobody");
    expect(unproven(broken, hurting("old node"))).toBe("field-deleted hurts nobody");
  });

  test("hurts each time one of the parties that its classes name, and no other", () => {
    const both = expecting("column-dropped M | old node, stored rows", "field-deleted C | old client");
    expect(unproven(both, hurting("old node", "old client"))).toBeUndefined();
    expect(unproven(both, hurting("old node"))).toBe("field-deleted hurts nobody");
    expect(unproven(both, hurting("old node", "old client", "new client"))).toBe(
      "new client is hurt: a value is lost",
    );
  });

  test("with a lowered auth lets a session in", () => {
    const findings = hurting();
    expect(unproven(expecting("auth-lowered S!"), findings)).toBe("auth-lowered lets nobody in");
    findings.opened.push("Open serves a guest");
    expect(unproven(expecting("auth-lowered S!"), findings)).toBeUndefined();
  });
});

describe("the pairs that are not proven by playing", () => {
  test("are one of rule 20 and one of rule 30", () => {
    expect(corpus.filter((one) => exemption(one) !== undefined).map(({ name }) => name)).toEqual([
      "a comment gives another unit",
      "an error code is removed",
    ]);
  });
});
