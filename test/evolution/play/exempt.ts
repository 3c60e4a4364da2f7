import type { RuleName } from "../../../codegen/evolution/rules/rules.ts";
import type { Pair } from "../corpus/pair.ts";

/** Rules that playing cannot show, with the reason. */
const ofRules: Readonly<Partial<Record<RuleName, string>>> = {
  "comment-changed": "rule 20: programs do not read comments",
};

/** Further pairs that playing cannot show, with the reason. */
const ofPairs: Readonly<Record<string, string>> = {
  "an error code is removed": "rule 30: no client without the code exists, since the runtime has the codes",
};

/** Reason why playing cannot prove a pair; undefined for all other pairs. */
export function exemption({ name, expected }: Pair): string | undefined {
  const rules = expected.map((text) => text.split(" ")[0] as RuleName);
  return ofPairs[name] ?? rules.map((rule) => ofRules[rule]).find((reason) => reason !== undefined);
}

/** Names of the pairs that are exempt by name. */
export const exemptNames: readonly string[] = Object.keys(ofPairs);
