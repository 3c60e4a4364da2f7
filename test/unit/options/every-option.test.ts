import { describe, expect, test } from "vitest";
import { pathText } from "../../../runtime/options/option-resolver.ts";
import type { Option, Path, Rule } from "../../../runtime/options/option-rules.ts";
import { take } from "../../../runtime/options/option-rules.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { sourceFiles } from "../../architecture/source-tree.ts";
import { type OptionTable, optionTables } from "./option-tables.ts";

/** One option, wherever it is nested. */
interface Place {
  readonly path: Path;
  readonly option: Option;
}

/** Every option of an object, those of nested objects and of entries of lists included. */
function placesOf(rule: Rule, path: Path = []): Place[] {
  if (rule.element !== undefined && rule.kind !== "plain object") {
    return placesOf(rule.element, [...path, rule.kind === "list" ? 0 : "main2"]);
  }
  return Object.entries(rule.rules ?? {}).flatMap(([name, option]) => {
    const place = [...path, name];
    return [{ path: place, option }, ...placesOf(option.rule, place)];
  });
}

/** Values that an option of a kind cannot mean. */
function nonsenseOf({ kind, least = 0, most = 0, values = [], accepts }: Rule): readonly unknown[] {
  const number = [Number.NaN, least - 1, Number.isFinite(most) ? most + 1 : undefined, "7", null, {}, true];
  const whole = Number.isFinite(most) ? [...number, Number.POSITIVE_INFINITY, least + 0.5] : number;
  const byKind: Readonly<Record<Rule["kind"], readonly unknown[]>> = {
    "whole number": whole,
    number,
    boolean: ["yes", 1, null, {}],
    string: [7, null, {}, true],
    choice: ["nonsense", 7, null, {}],
    function: ["f", 7, null, {}, true],
    instance: [7, null, "clock", true],
    list: [7, null, {}, "list"],
    "plain object": [7, null, [], "object"],
    named: [7, null, [], "named"],
    // What an option takes that has no kind of its own, as bytes or a function: a number is neither, unless all is right.
    anything: accepts?.(7) === true ? [] : [7, null, {}],
  };
  return byKind[kind].filter((value) => value !== undefined && !values.includes(value));
}

/** The least options, with one value set; the objects and lists on its way are made. */
function withValue(of: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (of instanceof Map) return new Map(of).set("main2", withValue(of.get(step), rest, value));
  if (typeof step === "number") {
    const [first, ...others] = Array.isArray(of) ? of : [];
    return [withValue(first, rest, value), ...others];
  }
  return {
    ...(typeof of === "object" && of !== null ? of : {}),
    [step]: withValue(Object(of)[step], rest, value),
  };
}

/** Whether the options on the way to this one can be made of it alone. */
function isOptional(rule: Rule, least: unknown): boolean {
  return faultsOf(rule, least).length === 0;
}

function faultsOf(rule: Rule, options: unknown): string[] {
  const faults: string[] = [];
  take(rule, options, [], (_fault, path) => faults.push(pathText(path)));
  return faults;
}

/** The error that refuses options. */
async function refusal({ give }: OptionTable, options: unknown): Promise<string> {
  try {
    await (async () => give(options as never))();
  } catch (error) {
    if (isPhotinusError(error) && error.code === "INVALID_ARGUMENT") return error.message;
    throw error;
  }
  return "it was not refused";
}

/** A name with a letter too many, as a slip of a finger. */
const mistyped = (name: string) => `${name.slice(0, -1)}z${name.slice(-1)}`;

const tables = optionTables.map(
  (table) => [table.of.at(0) ?? Object.keys(table.rule.rules!).join(), table] as const,
);

describe.each(tables)("%s", (_name, table) => {
  const { rule, least = {} } = table;
  const places = placesOf(rule);

  test("has options", () => {
    expect(places.length).toBeGreaterThan(0);
    expect(isOptional(rule, least)).toBe(true);
  });

  test("undefined is the default of every option", () => {
    const standard = take(rule, least, [], () => undefined);
    for (const [name, option] of Object.entries(rule.rules!)) {
      const given = { ...least, [name]: undefined };
      if (option.isRequired) expect(faultsOf(rule, given), name).not.toEqual([]);
      else if (!(name in least)) {
        expect(
          take(rule, given, [], () => undefined),
          name,
        ).toEqual(standard);
        expect(faultsOf(rule, given), name).toEqual([]);
      }
    }
    for (const { path, option } of places.filter(
      (place) => place.path.length > 1 && !place.option.isRequired,
    )) {
      const faults = faultsOf(rule, withValue(least, path, undefined));
      expect(
        faults.filter((at) => at === pathText(path)),
        `${pathText(path)} ${option.rule.kind}`,
      ).toEqual([]);
    }
  });

  // Options of these calls are picked from a larger object, which may have more.
  if (!table.picks)
    test("an unknown name is refused, with the name that was meant", async () => {
      for (const { path } of places) {
        const name = String(path.at(-1));
        const slip = [...path.slice(0, -1), mistyped(name)];
        const said = await refusal(table, withValue(least, slip, 1));
        expect(said, pathText(slip)).toContain(mistyped(name));
        expect(said, pathText(slip)).toContain(`did you mean "${name}"?`);
      }
    });

  test("a value that makes no sense is refused, with its place and what would be right", async () => {
    let tried = 0;
    for (const { path, option } of places) {
      for (const nonsense of nonsenseOf(option.rule)) {
        const said = await refusal(table, withValue(least, path, nonsense));
        const what = `${pathText(path)} ${String(nonsense)}`;
        expect(said.replaceAll(/\.(\d+)\b/g, "[$1]"), what).toContain(pathText(path));
        expect(said, what).toMatch(/; (expected|lower|raise|set) /);
        tried++;
      }
    }
    expect(tried).toBeGreaterThan(0);
  });
});

/** Objects that parts of the runtime hand to one another, made of options that were checked before: no caller gives them. */
const inside: readonly string[] = [
  ...[
    "GateLinksOptions",
    "ReadinessOptions",
    "GroupLimits",
    "ClientsOptions",
    "AdmissionLimits",
    "KeptBodyLimits",
  ],
  ...[
    "TransactionLimits",
    "TransactionOptions",
    "ReplicaOptions",
    "SqliteMigrationOptions",
    "MysqlTicketsOptions",
  ],
  ...[
    "SpawnOptions",
    "SupervisedProcessOptions",
    "SupervisorOptions",
    "LogOutputOptions",
    "UnhandledRejectionsOptions",
  ],
  ...["OutgoingOptions", "TransportCloseOptions", "UpgraderOptions", "DescriptorWatchOptions"],
  ...["FrameDecoderOptions", "LivenessOptions", "DialOptions"],
  // What the command line has read, which commander has checked.
  ...[
    "AskOptions",
    "StartOptions",
    "RestartOptions",
    "RunOptions",
    "KeygenOptions",
    "PersonOptions",
    "CanaryCommandOptions",
  ],
  // What a rule gives.
  ...["ResolvedGateLimits", "ResolvedFloodLimits", "ResolvedTopology"],
];

test("every options interface is among them, or is one that no caller gives", () => {
  const files = sourceFiles("runtime", "clients/typescript/src");
  const found = files.flatMap(({ text }) =>
    [...text.matchAll(/^export interface (\w*(?:Options|Limits|Topology|Bounds))\b/gm)].map(
      ([, name]) => name!,
    ),
  );
  const checked = optionTables.flatMap(({ of }) => of);
  expect(found.length).toBeGreaterThan(50);
  expect(found.filter((name) => !checked.includes(name) && !inside.includes(name))).toEqual([]);
  expect([...checked, ...inside].filter((name) => name !== "FrameFormat" && !found.includes(name))).toEqual(
    [],
  );
  const entryPoints = sourceFiles("runtime/index.ts", "clients/typescript/src/index.ts")
    .map(({ text }) => text)
    .join();
  expect(
    inside.filter((name) => new RegExp(`\\b${name}\\b`).test(entryPoints) && name !== "DialOptions"),
  ).toEqual([]);
});
