/** Path from the top of an options object to one value: `["gates", 0, "listen", "port"]`. */
export type Path = readonly (string | number)[];

/** Kind of a fault of an option. */
export type Fault = "unknown-option" | "missing-option" | "wrong-kind" | "out-of-range";

/**
 * Receives each fault with its path and the value found. `about` is the rule that the value breaks; for an unknown name, the
 * rule of the object that holds the name.
 */
export type Report = (fault: Fault, path: Path, value: unknown, about: About) => void;

/** Kind of value that a rule accepts. A kind that `typeof` returns needs no `accepts`; errors print the kind. */
export type RuleKind =
  | "whole number"
  | "number"
  | "boolean"
  | "string"
  | "function"
  | "choice"
  | "instance"
  | "list"
  | "plain object"
  | "named"
  | "anything";

/** Explanation of a rejected value for a message. */
export interface Explanation {
  /** Value found, or its fault. */
  readonly wrong: string;
  /** Expected value, or an instruction. */
  readonly remedy: string;
}

/** Parts of a rule that messages use. */
export interface About {
  /** Kind of the expected value. */
  readonly kind?: RuleKind;
  /** Expected value in words, to follow "expected". Default: made of kind, unit, range, values and options. */
  readonly expected?: string;
  /** Smallest number accepted. */
  readonly least?: number;
  /** Largest number accepted. */
  readonly most?: number;
  /** Unit of a number: "bytes". */
  readonly unit?: string | undefined;
  /** Values that are accepted in addition to the rest of the rule: the words of a choice, or `false`. */
  readonly values?: readonly unknown[];
  /** Rules of the options of an object. */
  readonly rules?: Rules;
  /** Names of options of an object by their former name, or by their name in similar software. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Problem code in a topology; "wrong-kind" or "out-of-range" when absent. */
  readonly problem?: "bad-name" | "bad-host" | "bad-port";
  /** Name of the value in messages: "a host". */
  readonly noun?: string;
  /** Explains a rejected value where `expected` alone is not enough. */
  readonly explain?: (value: unknown) => Explanation;
}

/** Rule of a value, as data, so that messages, the topology's grammar and tests share one source. */
export interface Rule<T = unknown> extends About {
  readonly kind: RuleKind;
  /** Rule of each entry of a list, or of each member of an object with user-defined names. */
  readonly element?: Rule;
  /** Whether a single value is valid. Default: its type is the kind, and it is in the range. */
  readonly accepts?: (value: unknown) => boolean;
  /** Checks the parts of a list or of an object with user-defined names. Returns the value with its defaults. */
  readonly takeParts?: (value: unknown, path: Path, report: Report) => T;
  /**
   * Checks the options of an object against one another, and may fill in a default that depends on other options. Called only
   * when none of the options is missing or refused as a whole.
   */
  readonly together?: (resolved: never, path: Path, report: Report) => void;
  /** Type that {@link take} returns; for the compiler only. */
  readonly gives?: T;
}

/** One option of an object. */
export interface Option<T = unknown> {
  readonly rule: Rule<T>;
  readonly isRequired?: boolean;
  /** Value of an absent or `undefined` option. */
  readonly default?: T;
}

/** Options of an object, by name. */
export type Rules = Readonly<Record<string, Option>>;

/** Rules with exactly one entry for each option of an interface: `{ ... } satisfies RulesOf<GateLimits>`. */
export type RulesOf<T> = Readonly<Record<keyof T, Option>>;

/** Options object with its defaults filled in; an option without a default may be undefined. */
export type Resolved<R extends Rules> = {
  readonly [K in keyof R]: R[K] extends Option<infer T> ? T : never;
};

/** Type of the values that a rule returns. */
export type Given<R extends Rule> = R extends Rule<infer T> ? T : never;

/** Makes an option without which the object is rejected. */
export function required<T>(rule: Rule<T>): Option<T> {
  return { rule, isRequired: true };
}

/** Makes an option that stays undefined when it is absent. */
export function optional<T>(rule: Rule<T>): Option<T | undefined> {
  return { rule };
}

/** Makes an option with a default, which also replaces `undefined`. */
export function withDefault<T, D extends T>(rule: Rule<T>, value: D): Option<T> {
  return { rule, default: value };
}

/** Makes a group of options inside an object. In an absent group each option has its default. */
export function nested<T>(rule: Rule<T>): Option<T> {
  return { rule, default: {} as T };
}

/** Further parts of the rule of an object. */
export interface ObjectParts<R extends Rules> extends Pick<About, "renamed" | "noun"> {
  /** Checks options against one another; see {@link Rule.together}. */
  readonly together?: (
    resolved: { -readonly [K in keyof R]: Resolved<R>[K] },
    path: Path,
    report: Report,
  ) => void;
}

/** Makes the rule of an object with exactly these options. */
export function object<R extends Rules>(rules: R, parts?: ObjectParts<R>): Rule<Resolved<R>> {
  return { kind: "plain object", rules, ...parts };
}

/** Whether a rule accepts a value as a whole. */
export function isAccepted({ kind, least, most, values, accepts }: Rule, value: unknown): boolean {
  if (values?.includes(value)) return true;
  if (accepts) return accepts(value);
  const isOfKind = kind === "whole number" ? Number.isInteger(value) : typeof value === kind;
  return isOfKind && (least === undefined || ((value as number) >= least && (value as number) <= most!));
}

/** Description of an object whose properties throw when they are read, such as a revoked Proxy. */
const unreadable: About = /* @__PURE__ */ Object.freeze({
  explain: () => ({
    wrong: "found an object that cannot be read",
    remedy: "expected an object of plain values",
  }),
});

/** Checks a value at a path, and reports every fault. Returns the value; an object with its defaults filled in. */
export function take<T>(rule: Rule<T>, value: unknown, path: Path, report: Report): T {
  try {
    return taken(rule, value, path, report);
  } catch {
    report("wrong-kind", path, value, unreadable);
    return value as T;
  }
}

function taken<T>(rule: Rule<T>, value: unknown, path: Path, report: Report): T {
  const { rules, takeParts } = rule;
  if (isAccepted(rule, value)) return value as T;
  if (takeParts) return takeParts(value, path, report);
  if (!rules || !isRecord(value)) {
    report("wrong-kind", path, value, rule);
    return value as T;
  }
  const resolved: Record<string, unknown> = {};
  let isSound = true;
  const reportPart: Report = (fault, at, found, about) => {
    // A fault deeper inside belongs to the rule of the option, and leaves the other options comparable.
    if (at.length <= path.length + 1) isSound = false;
    report(fault, at, found, about);
  };
  for (const name in rules) {
    const option = rules[name]!;
    const given = value[name] === undefined ? option.default : value[name];
    resolved[name] = given === undefined ? given : take(option.rule, given, [...path, name], reportPart);
    if (given === undefined && option.isRequired) reportPart("missing-option", path, name, rule);
  }
  for (const name in value) {
    if (!Object.hasOwn(rules, name)) report("unknown-option", [...path, name], name, rule);
  }
  if (isSound) rule.together?.(resolved as never, path, report);
  return resolved as T;
}

/** Whether a value is a plain object, an instance of a class or a module, but no list, Map, Set, Date or function. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return /Object|Mod/.test({}.toString.call(value));
}
