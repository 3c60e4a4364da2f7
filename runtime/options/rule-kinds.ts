import { type About, isRecord, type Rule, type RuleKind, take } from "./option-rules.ts";

/** Longest delay of a JavaScript timer, in ms; a longer delay fires at once. */
export const longestMs = 0x7fffffff;

/** Makes a rule that accepts or rejects a value as a whole. */
export function leaf<T>(
  kind: RuleKind,
  expected: string,
  accepts: (value: unknown) => boolean,
  more?: Partial<About>,
): Rule<T> {
  return { kind, expected, accepts, ...more };
}

/** Makes the description of a fault that no single rule covers, such as two options that contradict each other. */
export function said(wrong: string, remedy: string): About {
  return { expected: remedy, explain: () => ({ wrong, remedy }) };
}

/** Makes the rule of a whole number from `least` to `most`; a count has no unit. */
export function whole(least: number, most: number, unit?: string): Rule<number> {
  return { kind: "whole number", least, most, unit };
}

/** Makes the rule of a number from `least` to `most`, fractions included; infinity only where `most` is infinite. */
export function real(least: number, most: number, unit?: string): Rule<number> {
  return { kind: "number", least, most, unit };
}

/** Makes the rule of a whole number of milliseconds, at most {@link longestMs}. */
export function ms(least: number, most: number = longestMs): Rule<number> {
  return whole(least, most, "milliseconds");
}

/** Rule of a boolean. */
export const flag: Rule<boolean> = /* @__PURE__ */ anyOf<boolean>("boolean");

/** Rule of any string. */
export const text: Rule<string> = /* @__PURE__ */ anyOf<string>("string");

/** Makes the rule of a function. */
export function callable<T>(): Rule<T> {
  return anyOf("function");
}

/** Makes the rule of any value of a kind that `typeof` returns. */
function anyOf<T>(kind: "boolean" | "string" | "function"): Rule<T> {
  return { kind };
}

/** Makes the rule of a value that is one of these words. */
export function choice<const W extends string>(words: readonly W[]): Rule<W> {
  return { kind: "choice", values: words, expected: words.join(" or ") };
}

/** Makes the rule of an object or function with these members, such as a clock or a logger. Other members are not checked. */
export function having<T>(expected: string, ...members: readonly string[]): Rule<T> {
  return leaf("instance", expected, (value) => {
    return Object(value) === value && members.every((member) => member in (value as object));
  });
}

/** Rule of an AbortSignal, of any realm. */
export const signal: Rule<AbortSignal> = /* @__PURE__ */ having<AbortSignal>(
  "an AbortSignal",
  "aborted",
  "addEventListener",
);

/** Makes a rule that accepts these values in addition to another rule. */
export function either<const V, T>(values: readonly V[], rule: Rule<T>): Rule<V | T> {
  return { ...(rule as Rule<V | T>), values };
}

/** Makes the rule of a list of at least `least` entries; `what` names the entries in errors. */
export function list<T>(element: Rule<T>, least: number, what: string): Rule<readonly T[]> {
  const rule: Rule<readonly T[]> = {
    kind: "list",
    expected: `a list of ${what}`,
    element,
    takeParts(value, path, report) {
      if (!Array.isArray(value)) report("wrong-kind", path, value, rule);
      else if (value.length < least)
        report("missing-option", path, value, said("the list is empty", `expected one or more ${what}`));
      const entries: readonly unknown[] = Array.isArray(value) ? value : [];
      return entries.map((entry, index) => take(element, entry, [...path, index], report));
    },
  };
  return rule;
}

/** Makes the rule of an object with user-defined names, whose members follow one rule. */
export function named<T>(
  element: Rule<T>,
  name: Rule<string>,
  renamed: Readonly<Record<string, string>> = {},
): Rule<Readonly<Record<string, T>>> {
  const rule: Rule<Readonly<Record<string, T>>> = {
    kind: "named",
    expected: "an object with one member for each name",
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

/** Makes the rule of a Map with user-defined names, whose members follow one rule; `what` names the members in errors. */
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

/** Rule that accepts any value, for values that their user checks. */
export const anything: Rule = /* @__PURE__ */ leaf("anything", "anything", () => true);
