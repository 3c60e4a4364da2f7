import { fail } from "../../schema/errors.ts";
import { nearest } from "../../schema/suggest.ts";
import { type About, type Fault, isRecord, type Path, type Rule, take } from "./option-rules.ts";

/** The names that a topology's problems with options have. */
export type OptionProblem = Fault | "renamed-option" | "bad-name" | "bad-host" | "bad-port";

/** One fault in words. */
export interface Described {
  readonly problem: OptionProblem;
  readonly wrong: string;
  readonly remedy: string;
}

/**
 * Checks an options object and fills in its defaults; `undefined` stands for the default everywhere. The result is frozen.
 *
 * @param where the call that takes the options, for the error: "Gate.open"; "" where the error names its call itself
 * @throws PhotinusError INVALID_ARGUMENT with one line for each fault: call, path, what was found, what to give
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
 * Checks the options of one call, where nothing has a default of its own: cheap, for calls that are made all the time.
 *
 * @param where as in {@link resolveOptions}
 * @throws PhotinusError INVALID_ARGUMENT, as {@link resolveOptions}
 */
export function checkOptions(where: string, rule: Rule, given: object | undefined): void {
  if (given !== undefined && !isPlainlySound(rule, given)) resolveOptions(where, rule, given);
}

/** Makes nothing: true when each option is a single value that its rule accepts. */
function isPlainlySound({ rules = {} }: Rule, given: object): boolean {
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name];
    if (!Object.hasOwn(rules, name)) return false;
    if (value !== undefined && rules[name]!.rule.accepts?.(value) !== true) return false;
  }
  return true;
}

/** A fault in words: what was found, what to give. */
export function describe(fault: Fault, value: unknown, about: About): Described {
  if (fault === "unknown-option") return describeUnknown(String(value), about);
  const isOutside = about.least !== undefined && typeof value === "number";
  const problem = about.problem ?? (isOutside ? "out-of-range" : fault);
  if (about.explain !== undefined) return { problem, ...about.explain(value) };
  if (fault === "missing-option") return { problem, wrong: `"${value}" is missing`, remedy: "add it" };
  const remedy = `give ${about.expected}${hintOf(value, about)}`;
  if (about.problem !== undefined) return { problem, wrong: `${shown(value)} is not ${about.noun}`, remedy };
  return { problem, wrong: `${about.noun ?? "it"} is ${shown(value)}`, remedy };
}

/** A name that does not exist: what it is called here, or the nearest one, or all that there are. */
function describeUnknown(name: string, { rules = {}, renamed = {} }: About): Described {
  if (Object.hasOwn(renamed, name)) {
    const remedy = `write "${renamed[name]}" instead`;
    return { problem: "renamed-option", wrong: `"${name}" is not an option here`, remedy };
  }
  const names = Object.keys(rules);
  const near = nearest(name, names);
  const remedy = near === undefined ? `the options are ${names.join(", ")}` : `did you mean "${near}"?`;
  return { problem: "unknown-option", wrong: `there is no option "${name}"`, remedy };
}

function hintOf(value: unknown, { values = [] }: About): string {
  const words = values.filter((word) => typeof word === "string");
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}

/** `gates[0].listen.port`; the empty path is "". */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** A value as a message shows it: short, and never the inside of an object. */
export function shown(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "an object";
  return value === undefined ? "missing" : `a ${typeof value}`;
}
