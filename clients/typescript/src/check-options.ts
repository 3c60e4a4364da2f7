import { type Rule, take } from "../../../runtime/options/option-rules.ts";
import { fail } from "../../../schema/errors.ts";

/**
 * Checks an options object and fills in its defaults, as the server's `resolveOptions` does, in fewer bytes for a page.
 * Throws INVALID_ARGUMENT for the first invalid option, with its path, its value and the expected one.
 */
export function resolved<T>(rule: Rule<T>, given: unknown = {}): T {
  return take(rule, given, [], (fault, path, value, { expected, rules }) => {
    const isUnknown = fault === "unknown-option";
    const near = isUnknown && Object.keys(rules ?? {}).find((name) => isLike(String(value), name));
    const found = isUnknown ? "unknown option" : `found ${String(value)}`;
    const remedy = near ? `did you mean "${near}"?` : `expected ${expected}`;
    throw fail("INVALID_ARGUMENT", `${path.join(".")}: ${found}; ${remedy}`);
  });
}

/**
 * Whether a word is close to a name: common start and end make up more than 60 % of it, which allows one wrong, missing
 * or extra letter. An edit distance would take five times the bytes.
 */
function isLike(word: string, name: string): boolean {
  let start = 0;
  let end = 0;
  while (start < word.length && word[start] === name[start]) start++;
  while (start + end < word.length && word.at(-1 - end) === name.at(-1 - end)) end++;
  return start + end > word.length * 0.6;
}
