/** Steps from the top of an options object to one value: `["gates", 0, "listen", "port"]`. */
export type Path = readonly (string | number)[];

/** What can be wrong with an option; a message refines it by the rule. */
export type Fault = "unknown-option" | "missing-option" | "wrong-kind" | "out-of-range";

/**
 * Receives each fault with its place and the value found. `about` is the rule that the value breaks; of a name that does not
 * exist, the rule of the object it stands in.
 */
export type Report = (fault: Fault, path: Path, value: unknown, about: About) => void;

export type RuleKind =
  | "whole"
  | "number"
  | "flag"
  | "text"
  | "choice"
  | "function"
  | "instance"
  | "list"
  | "object"
  | "named"
  | "anything";

/** What a message says of a value that a rule refuses. */
export interface Explanation {
  readonly wrong: string;
  readonly remedy: string;
}

/** What a message needs to know of a rule. */
export interface About {
  /** What would be right, in words: "a whole number of bytes from 64 to 1048576". Follows "give". */
  readonly expected: string;
  readonly least?: number;
  /** Values that are accepted whatever the rest of the rule says: the words of a choice, or `false`. */
  readonly values?: readonly unknown[];
  /** The options of an object. */
  readonly rules?: Rules;
  /** Options of an object that are called otherwise here, by their former or foreign name. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The problem's name in a topology, where it is neither "wrong-kind" nor "out-of-range". */
  readonly problem?: "bad-name" | "bad-host" | "bad-port";
  /** What a message calls the value: "a host". */
  readonly noun?: string;
  /** Says what is wrong where `expected` alone would not do. */
  readonly explain?: (value: unknown) => Explanation;
}

/** What a value must be: data, so that messages, the topology's grammar and tests come from one place. */
export interface Rule<T = unknown> extends About {
  readonly kind: RuleKind;
  readonly most?: number;
  /** The rule for each entry of a list, or each member of an object with names of the user's own. */
  readonly element?: Rule;
  /** Of a single value: whether it is right. */
  readonly accepts?: (value: unknown) => boolean;
  /** Of what has parts and is no object of options: reports their faults, returns the value with its defaults. */
  readonly takeParts?: (value: unknown, path: Path, report: Report) => T;
  /**
   * Of an object: checks its options against one another, and may fill in a default that depends on others. Called even when
   * one of them was refused by itself.
   */
  readonly together?: (resolved: never, path: Path, report: Report) => void;
  /** For types alone: what {@link take} gives. */
  readonly gives?: T;
}

/** One option of an object. */
export interface Option<T = unknown> {
  readonly rule: Rule<T>;
  readonly isRequired?: boolean;
  /** What `undefined` means. */
  readonly default?: T;
}

/** The options of an object, by name. */
export type Rules = Readonly<Record<string, Option>>;

/** Has one rule for each option of an interface: `{ ... } satisfies RulesOf<GateLimits>`. */
export type RulesOf<T> = Readonly<Record<keyof T, Option>>;

/** An options object with its defaults filled in; an option without one may be undefined. */
export type Resolved<R extends Rules> = {
  readonly [K in keyof R]: R[K] extends Option<infer T> ? T : never;
};

/** What a rule gives for a value that it accepts. */
export type Given<R extends Rule> = R extends Rule<infer T> ? T : never;

/** An option that cannot be left out. */
export function required<T>(rule: Rule<T>): Option<T> {
  return { rule, isRequired: true };
}

/** An option that stays undefined when it is left out. */
export function optional<T>(rule: Rule<T>): Option<T | undefined> {
  return { rule };
}

/** An option with a default, which `undefined` stands for as well. */
export function withDefault<T, D extends T>(rule: Rule<T>, value: D): Option<T> {
  return { rule, default: value };
}

/** A group of options inside an object; left out, each of them has its default. */
export function nested<T>(rule: Rule<T>): Option<T> {
  return { rule, default: {} as T };
}

/** What an object's rule knows besides its options. */
export interface ObjectParts<R extends Rules> extends Pick<About, "renamed" | "noun"> {
  readonly together?: (
    resolved: { -readonly [K in keyof R]: Resolved<R>[K] },
    path: Path,
    report: Report,
  ) => void;
}

/** An object with these options and no others. */
export function object<R extends Rules>(rules: R, parts?: ObjectParts<R>): Rule<Resolved<R>> {
  return { kind: "object", expected: `an object with ${Object.keys(rules).join(", ")}`, rules, ...parts };
}

/** Reports every fault of a value at this path. Returns the value, an object with its defaults filled in. */
export function take<T>(rule: Rule<T>, value: unknown, path: Path, report: Report): T {
  const { rules, takeParts } = rule;
  if (rule.accepts?.(value) || rule.values?.includes(value)) return value as T;
  if (takeParts) return takeParts(value, path, report);
  if (!rules || !isRecord(value)) {
    report("wrong-kind", path, value, rule);
    return value as T;
  }
  const resolved: Record<string, unknown> = {};
  for (const name in rules) {
    const option = rules[name]!;
    const given = value[name] === undefined ? option.default : value[name];
    resolved[name] = given === undefined ? given : take(option.rule, given, [...path, name], report);
    if (given === undefined && option.isRequired) report("missing-option", path, name, rule);
  }
  for (const name in value) {
    if (!Object.hasOwn(rules, name)) report("unknown-option", [...path, name], name, rule);
  }
  rule.together?.(resolved as never, path, report);
  return resolved as T;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
