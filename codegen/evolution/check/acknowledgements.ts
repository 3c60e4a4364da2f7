import { Refusal } from "../../refusal.ts";
import { type Change, worstOf } from "../compare/change.ts";
import { type RuleName, rulesOf } from "../rules/rules.ts";
import { type Allowance, type Allowances, unknownRule } from "./allowances.ts";

/**
 * Severity of a rule in `photinus.evolution` of package.json. "error" fails, even for a safe change; "warn" is printed and does
 * not fail; "off" is not printed.
 */
export type Severity = "error" | "warn" | "off";

const severities: readonly Severity[] = ["error", "warn", "off"];

/** Setting of one rule. */
export interface RuleSetting {
  readonly severity: Severity;
  readonly reason: string;
  /** Full names to which the setting is limited. Default: all. */
  readonly subjects?: readonly string[];
}

/** Settings by name of the rule. */
export type RuleSettings = ReadonlyMap<RuleName, RuleSetting>;

/** A change with the verdict of the settings and the schema's allowances. */
export interface Judged {
  readonly change: Change;
  /** "error" makes the check fail; "note" is a safe change. */
  readonly verdict: Severity | "note";
  /** Source and reason of the acknowledgement. */
  readonly acknowledged?: { readonly by: "package.json" | "comment"; readonly reason: string };
}

/**
 * Reads the settings `photinus.evolution` of a package.json: `{ "rules": { "RULE": { "severity", "reason", "subjects" } } }`, with
 * names or numbers of rules.
 *
 * @param value the property's value; undefined without one
 * @param place path of the file, for errors
 * @throws Refusal for an unknown property, rule or severity, or a missing reason
 */
export function ruleSettings(value: unknown, place: string): RuleSettings {
  const found = new Map<RuleName, RuleSetting>();
  if (value === undefined) return found;
  const here = `${place}: photinus.evolution`;
  const list = checked(value, here, ["rules"])["rules"];
  for (const [word, entry] of Object.entries(list === undefined ? {} : checked(list, `${here}.rules`))) {
    const own = `${here}.rules[${JSON.stringify(word)}]`;
    const names = rulesOf(word);
    if (names.length === 0) throw new Refusal(`${here}.rules has an ${unknownRule(word)}`);
    const { severity, reason, subjects } = checked(entry, own, ["severity", "reason", "subjects"]);
    const chosen = severities.find((one) => one === severity);
    if (chosen === undefined)
      throw new Refusal(`${own}.severity is invalid; expected ${severities.join(", ")}`);
    if (typeof reason !== "string" || reason.trim() === "")
      throw new Refusal(`${own} has no reason; expected "reason": "..."`);
    if (subjects !== undefined && !isStringList(subjects))
      throw new Refusal(`${own}.subjects is invalid; expected a list of full names`);
    for (const name of names) {
      found.set(name, { severity: chosen, reason, ...(subjects === undefined ? {} : { subjects }) });
    }
  }
  return found;
}

function checked(
  value: unknown,
  place: string,
  known?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal(`${place} is not an object`);
  const strange = Object.keys(value).find((name) => known !== undefined && !known.includes(name));
  if (strange !== undefined)
    throw new Refusal(`${place} has an unknown property "${strange}"; expected ${known?.join(", ")}`);
  return value as Readonly<Record<string, unknown>>;
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Whether an allowance stands at the place of a change and names its rule. */
function isFor({ place: { file }, line, rules }: Allowance, { rule, place }: Change): boolean {
  // A line of the former schema has another declaration now, whose allowance is not meant for this change.
  return place.isFormer !== true && file === place.file && line === place.line && rules.includes(rule);
}

/** Allowances that acknowledge none of these changes: they are at another place, or of an earlier change. */
export function unusedAllowances(changes: readonly Change[], { sound }: Allowances): Allowance[] {
  return sound.filter((one) => !changes.some((change) => isFor(one, change)));
}

/** Judges changes: an allowance at the place of a change counts first, then the settings, then its worst class. */
export function judge(changes: readonly Change[], settings: RuleSettings, allowances: Allowances): Judged[] {
  return changes.map((change) => {
    const { rule, subject } = change;
    const isSafe = worstOf(change) === "S";
    const allowed = allowances.sound.find((one) => isFor(one, change));
    if (allowed !== undefined) {
      const acknowledged = { by: "comment", reason: allowed.reason } as const;
      return { change, verdict: isSafe ? "note" : "warn", acknowledged };
    }
    const setting = settings.get(rule);
    if (setting === undefined || !(setting.subjects?.includes(subject) ?? true))
      return { change, verdict: isSafe ? "note" : "error" };
    const { severity, reason } = setting;
    if (severity === "error") return { change, verdict: "error" };
    return {
      change,
      verdict: isSafe && severity === "warn" ? "note" : severity,
      acknowledged: { by: "package.json", reason },
    };
  });
}
