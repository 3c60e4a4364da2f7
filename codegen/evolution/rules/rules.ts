import { callRules } from "./call-rules.ts";
import type { Rule } from "./rule.ts";
import { tableRules } from "./table-rules.ts";
import { typeRules } from "./type-rules.ts";

/** Rules by name. A name never changes its meaning, since package.json and comments in schemas refer to it. */
export const rules = { ...callRules, ...typeRules, ...tableRules } as const satisfies Readonly<
  Record<string, Rule>
>;

/** Name of a rule, such as "auth-lowered". */
export type RuleName = keyof typeof rules;

/** Finds the rules of a name or a number: "auth-lowered" is one rule, "8" is all rules with that number. */
export function rulesOf(word: string): RuleName[] {
  const names = Object.keys(rules) as RuleName[];
  return names.filter((name) => {
    const { number }: Rule = rules[name];
    return name === word || (number !== undefined && String(number) === word);
  });
}
