import type { RuleName } from "../../../codegen/evolution/rules/rules.ts";
import type { Pair } from "../corpus/pair.ts";

/** Rules that playing cannot show, with the reason. */
const ofRules: Readonly<Partial<Record<RuleName, string>>> = {
  "comment-changed": "rule 20: programs do not read comments",
  "index-removed": "rule 27: a read without its index is slower, and not wrong",
  "error-code-renumbered": "rule 30: the numbers are a part of the runtime, which both sides share here",
  "error-code-added": "rule 30: the codes are a part of the runtime, which both sides share here",
  "durability-changed": "the embedded store has one durability for all tables",
};

/** Further pairs that playing does not show, with the reason. */
const ofPairs: Readonly<Record<string, string>> = {
  "an index is added":
    "the embedded store keeps an index whoever writes; an old node skips the filters of the cached store",
  "a foreign key is added": "the embedded store does not check foreign keys; MySQL does",
};

/** Reason why playing cannot prove a pair; undefined for all other pairs. */
export function exemption({ name, expected }: Pair): string | undefined {
  const rules = expected.map((text) => text.split(" ")[0] as RuleName);
  return ofPairs[name] ?? rules.map((rule) => ofRules[rule]).find((reason) => reason !== undefined);
}

/** Names of the pairs that are exempt by name. */
export const exemptNames: readonly string[] = Object.keys(ofPairs);
