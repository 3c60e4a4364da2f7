import { fail } from "../../schema/errors.ts";
import { nearest } from "../../schema/suggest.ts";
import { type About, type Fault, isAccepted, isRecord, type Path, type Rule, take } from "./option-rules.ts";
import { quoted } from "./shown-text.ts";

/** Problem codes of options in a topology. */
export type OptionProblem = Fault | "renamed-option" | "bad-name" | "bad-host" | "bad-port";

/** Description of one fault. */
export interface Described {
  readonly problem: OptionProblem;
  /** Value or name found. */
  readonly wrong: string;
  /** Expected value, or an instruction. */
  readonly remedy: string;
}

/**
 * Checks an options object and fills in its defaults; `undefined` means the default of any option. Returns a frozen object.
 *
 * @param where name of the call that takes the options, for the error: "Gate.open"; "" when the error names the call elsewhere
 * @throws PhotinusError INVALID_ARGUMENT with one line for each fault: call, path, found value, expected value
 */
export function resolveOptions<T>(where: string, rule: Rule<T>, given: unknown = {}): Readonly<T> {
  const lines: string[] = [];
  const resolved = take(rule, given, [], (fault, path, value, about) => {
    const { wrong, remedy } = describe(fault, value, about);
    lines.push([where, pathText(path), `${wrong}; ${remedy}`].filter((part) => part !== "").join(": "));
  });
  if (lines.length > 0) throw fail("INVALID_ARGUMENT", lines.join("\n"));
  return Object.freeze(resolved);
}

/**
 * Checks the options of a frequent call, whose options have no defaults. Valid options cost no allocation.
 *
 * @param where as in {@link resolveOptions}
 * @throws PhotinusError INVALID_ARGUMENT, as {@link resolveOptions}
 */
export function checkOptions(where: string, rule: Rule, given: object | undefined): void {
  if (given !== undefined && !isPlainlySound(rule, given)) resolveOptions(where, rule, given);
}

/** Whether each option is a single value that its rule accepts. False for an object that cannot be read. Allocates nothing. */
function isPlainlySound({ rules = {} }: Rule, given: object): boolean {
  try {
    if (!isRecord(given)) return false;
    for (const name in given) {
      const value = given[name];
      if (!Object.hasOwn(rules, name)) return false;
      if (value !== undefined && !isAccepted(rules[name]!.rule, value)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** Describes a fault: the value found and the value expected. */
export function describe(fault: Fault, value: unknown, about: About): Described {
  if (fault === "unknown-option") return describeUnknown(String(value), about);
  const isOutside = about.least !== undefined && typeof value === "number";
  const problem = about.problem ?? (isOutside ? "out-of-range" : fault);
  if (about.explain !== undefined) return { problem, ...about.explain(value) };
  if (fault === "missing-option") return { problem, wrong: `"${value}" is missing`, remedy: "add it" };
  const remedy = `expected ${expectedOf(about)}${hintOf(value, about)}`;
  if (about.problem !== undefined) return { problem, wrong: `${shown(value)} is not ${about.noun}`, remedy };
  return {
    problem,
    wrong: about.noun ? `${about.noun} is ${shown(value)}` : `found ${shown(value)}`,
    remedy,
  };
}

/** Describes the value that a rule accepts: "a whole number of bytes from 64 to 1048576". */
export function expectedOf({ expected, kind, unit, least, most, values = [], rules }: About): string {
  if (kind === "choice") return `one of ${values.map((word) => `"${word}"`).join(", ")}`;
  if (expected !== undefined) return expected;
  const others = values.length > 0 ? `, or ${values.join(" or ")}` : "";
  if (rules !== undefined) return `an object with ${Object.keys(rules).join(", ")}${others}`;
  if (kind === "boolean") return "true or false";
  const ofUnit = unit ? ` of ${unit}` : "";
  return `a ${kind}${ofUnit}${least === undefined ? "" : ` from ${least} to ${most}`}${others}`;
}

/** Describes an unknown name, with its new name, the nearest name, or all names. */
function describeUnknown(name: string, { rules = {}, renamed = {} }: About): Described {
  if (Object.hasOwn(renamed, name)) {
    const remedy = `use "${renamed[name]}"`;
    return { problem: "renamed-option", wrong: `${quoted(name)} is not an option here`, remedy };
  }
  const names = Object.keys(rules);
  const near = nearest(name, names);
  const remedy = near === undefined ? `known options: ${names.join(", ")}` : `did you mean "${near}"?`;
  return { problem: "unknown-option", wrong: `unknown option ${quoted(name)}`, remedy };
}

/** Returns the nearest allowed word as a hint; "" without one. */
function hintOf(value: unknown, { values = [] }: About): string {
  const words = values.filter((word) => typeof word === "string");
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/** Formats a path as `gates[0].listen.port`; the empty path as "". Names are escaped, cut and masked as by {@link quoted}. */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += `${text === "" ? "" : "."}${quoted(step).slice(1, -1)}`;
  }
  return text;
}

/** Formats a value for an error: a string as by {@link quoted}, and never the content of an object, which may be secret or large. */
export function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
