import { nearest } from "../../../schema/suggest.ts";
import { allowance } from "../../load/read/cursor.ts";
import { scan } from "../../load/read/scanner.ts";
import type { Place } from "../compare/change.ts";
import { type RuleName, rules, rulesOf } from "../rules/rules.ts";

/** Acknowledgement in a schema: `// photinus:allow RULE reason` above or behind a declaration. */
export interface Allowance {
  /** Line of the comment. */
  readonly place: Place;
  /** Line of the declaration that the comment stands above or behind. */
  readonly line: number;
  readonly rules: readonly RuleName[];
  readonly reason: string;
}

/** An allowance that does not count, in words. */
export interface FlawedAllowance {
  readonly place: Place;
  readonly message: string;
}

/** Allowances of a schema. */
export interface Allowances {
  readonly sound: readonly Allowance[];
  readonly flawed: readonly FlawedAllowance[];
}

/**
 * Finds the allowances in the texts of a schema. An allowance without a reason, or for an unknown rule, does not count.
 *
 * @param texts texts of files by path; they must be free of syntax errors
 */
export function allowancesIn(texts: ReadonlyMap<string, string>): Allowances {
  const sound: Allowance[] = [];
  const flawed: FlawedAllowance[] = [];
  for (const [file, text] of texts) {
    if (!text.includes(allowance)) continue;
    for (const comment of scan(text).comments) {
      comment.text.split("\n").forEach((line, at) => {
        const words = line.trim().split(/\s+/);
        if (words[0] !== allowance) return;
        const place = { file, line: comment.startLine + at };
        const [, rule = "", ...rest] = words;
        const named = rulesOf(rule);
        const reason = rest.join(" ");
        if (named.length === 0) flawed.push({ place, message: unknownRule(rule) });
        else if (reason === "")
          flawed.push({ place, message: `no reason; expected ${allowance} ${rule} REASON` });
        else {
          const target = comment.ownLine ? comment.endLine + 1 : comment.startLine;
          sound.push({ place, line: target, rules: named, reason });
        }
      });
    }
  }
  return { sound, flawed };
}

/** Message about a word that is not the name or number of a rule. */
export function unknownRule(word: string): string {
  const near = nearest(word, Object.keys(rules));
  const help = near === undefined ? "docs/EVOLUTION.md lists the rules" : `did you mean "${near}"?`;
  return `unknown rule ${JSON.stringify(word)}; ${help}`;
}
