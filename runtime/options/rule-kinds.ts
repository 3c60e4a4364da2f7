import { type About, isRecord, type Rule, type RuleKind, take } from "./option-rules.ts";

/** The longest time that a timer of the system takes, milliseconds. */
export const longestMs = 0x7fffffff;

/** A rule for a value that is accepted or refused as a whole. */
export function leaf<T>(
  kind: RuleKind,
  expected: string,
  accepts: (value: unknown) => boolean,
  more?: Partial<About>,
): Rule<T> {
  return { kind, expected, accepts, ...more };
}

/** What is wrong, where no rule for one value says it. */
export function said(wrong: string, remedy: string): About {
  return { expected: remedy, explain: () => ({ wrong, remedy }) };
}

/** A whole number from `least` to `most`; the unit is empty for a count. */
export function whole(least: number, most: number, unit = ""): Rule<number> {
  return numeric("whole", least, most, unit);
}

/** A number from `least` to `most` that may have a fraction, or be infinite where `most` is. */
export function real(least: number, most: number, unit = ""): Rule<number> {
  return numeric("number", least, most, unit);
}

function numeric(kind: "whole" | "number", least: number, most: number, unit: string): Rule<number> {
  const isWhole = kind === "whole";
  return {
    kind,
    expected: `a ${isWhole ? "whole " : ""}number${unit && ` of ${unit}`} from ${least} to ${most}`,
    least,
    most,
    accepts: (value) =>
      typeof value === "number" && (!isWhole || Number.isInteger(value)) && value >= least && value <= most,
  };
}

/** Whole milliseconds, at most what a timer takes. */
export function ms(least: number, most: number = longestMs): Rule<number> {
  return whole(least, most, "milliseconds");
}

export const flag: Rule<boolean> = /* @__PURE__ */ typed("flag", "boolean", "true or false");

/** Any text. */
export const text: Rule<string> = /* @__PURE__ */ typed("text", "string", "a text");

/** A function. */
export function callable<T>(expected = "a function"): Rule<T> {
  return typed("function", "function", expected);
}

function typed<T>(kind: RuleKind, type: string, expected: string): Rule<T> {
  return leaf(kind, expected, (value) => typeof value === type);
}

/** One of these words. */
export function choice<const W extends string>(words: readonly W[]): Rule<W> {
  return {
    kind: "choice",
    expected: `one of ${words.map((word) => `"${word}"`).join(", ")}`,
    values: words,
    accepts: (value) => (words as readonly unknown[]).includes(value),
  };
}

/** An object, or a function, that has these members: a clock, a logger, whatever comes from elsewhere as it is. */
export function having<T>(expected: string, ...members: readonly string[]): Rule<T> {
  return leaf("instance", expected, (value) => {
    return Object(value) === value && members.every((member) => member in (value as object));
  });
}

/** What aborts a call. */
export const signal: Rule<AbortSignal> = /* @__PURE__ */ having<AbortSignal>("an AbortSignal", "aborted");

/** These values as they are, or what another rule takes. */
export function either<const V, T>(values: readonly V[], rule: Rule<T>): Rule<V | T> {
  return { ...(rule as Rule<V | T>), expected: `${rule.expected}, or ${values.join(" or ")}`, values };
}

/** A list of at least `least` entries; `what` names them. */
export function list<T>(element: Rule<T>, least: number, what: string): Rule<readonly T[]> {
  const rule: Rule<readonly T[]> = {
    kind: "list",
    expected: `a list of ${what}`,
    element,
    takeParts(value, path, report) {
      if (!Array.isArray(value)) report("wrong-kind", path, value, rule);
      else if (value.length < least)
        report("missing-option", path, value, said("the list is empty", `give one or more ${what}`));
      const entries: readonly unknown[] = Array.isArray(value) ? value : [];
      return entries.map((entry, index) => take(element, entry, [...path, index], report));
    },
  };
  return rule;
}

/** An object whose members have names of the user's own, all of one kind. */
export function named<T>(
  element: Rule<T>,
  name: Rule<string>,
  renamed: Readonly<Record<string, string>> = {},
): Rule<Readonly<Record<string, T>>> {
  const rule: Rule<Readonly<Record<string, T>>> = {
    kind: "named",
    expected: "an object, whose members have names",
    element,
    renamed,
    takeParts(value, path, report) {
      if (!isRecord(value)) report("wrong-kind", path, value, rule);
      const taken = Object.entries(isRecord(value) ? value : {}).flatMap(([key, member]) => {
        const place = [...path, key];
        if (Object.hasOwn(renamed, key)) report("unknown-option", place, key, rule);
        if (Object.hasOwn(renamed, key)) return [];
        take(name, key, place, report);
        return [[key, take(element, member, place, report)] as const];
      });
      return Object.fromEntries(taken);
    },
  };
  return rule;
}

/** A Map whose keys are names of the user's own, all members of one kind; `what` names them. */
export function mapOf<T>(element: Rule<T>, what: string): Rule<ReadonlyMap<string, T>> {
  const rule: Rule<ReadonlyMap<string, T>> = {
    kind: "named",
    expected: `a Map of ${what} by name`,
    element,
    takeParts(value, path, report) {
      if (!(value instanceof Map)) report("wrong-kind", path, value, rule);
      const members = value instanceof Map ? [...(value as ReadonlyMap<string, unknown>)] : [];
      return new Map(members.map(([key, one]) => [key, take(element, one, [...path, key], report)]));
    },
  };
  return rule;
}

/** Anything; whoever uses it checks it. */
export const anything: Rule = /* @__PURE__ */ leaf("anything", "anything", () => true);
