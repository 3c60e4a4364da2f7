import { changeClasses, type Rule } from "../../codegen/evolution/rules/rule.ts";
import { type RuleName, rules } from "../../codegen/evolution/rules/rules.ts";
import type { Pair } from "./corpus/pair.ts";

/** A rule of the gate beside buf: pairs of the corpus in which the gate finds it, and in how many of them buf finds it. */
interface Row {
  readonly name: RuleName;
  readonly classes: string;
  readonly pairs: number;
  readonly found: number;
  readonly byRules: string;
}

/** Names of the rules that a pair expects. */
export function rulesIn(pair: Pair): RuleName[] {
  return [...new Set(pair.expected.map((text) => text.split(" ")[0] as RuleName))];
}

/**
 * Table for docs/EVOLUTION.md: every rule that is not safe, and the share of its pairs that buf finds by a rule of the same change.
 *
 * @param findings ids of buf's rules for each pair
 */
export function sideBySide(pairs: readonly Pair[], findings: readonly (readonly string[])[]): string {
  const names = Object.keys(rules) as RuleName[];
  const rows = names.flatMap((name): Row[] => {
    const { buf = [] }: Rule = rules[name];
    const own = pairs.flatMap((pair, at) => (rulesIn(pair).includes(name) ? [{ pair, at }] : []));
    const told = new Set(own.flatMap(({ pair }) => classesOf(pair, name)));
    const classes = changeClasses.filter((one) => told.has(one));
    if (own.length === 0 || classes.every((one) => one === "S")) return [];
    const hits = own.map(({ at }) => buf.filter((id) => findings[at]?.includes(id)));
    return [
      {
        name,
        classes: classes.map((one) => `\`${one}\``).join(" "),
        pairs: own.length,
        found: hits.filter((ids) => ids.length > 0).length,
        byRules: [...new Set(hits.flat())].sort().join(", "),
      },
    ];
  });
  const lines = rows.map(
    ({ name, classes, pairs: count, found, byRules }) =>
      `| \`${name}\` | ${classes} | ${count} | ${found === 0 ? "none" : found} | ${byRules} |`,
  );
  return ["| rule | classes | pairs | found by buf | by its rules |", "|---|---|--:|--:|---|", ...lines].join(
    "\n",
  );
}

/** Classes that a pair expects of one rule. */
function classesOf({ expected }: Pair, name: RuleName): string[] {
  return expected.flatMap((text) => {
    const [rule, ...classes] = text.split(" | ")[0]?.split(" ") ?? [];
    return rule === name ? classes : [];
  });
}
