/** Result of a benchmark: its own figure, and that of its baseline. */
export interface Headline {
  readonly unit: string;
  /** `null` where nothing was measured that counts. */
  readonly ours: number | null;
  /** Name of what it is compared with; `null` without any. */
  readonly baseline: string | null;
  readonly theirs: number | null;
  /** Ours over theirs; of pairs it is the median of their ratios. */
  readonly ratio: number | null;
}

/** One case of a benchmark. Most have the fields of a headline, too. */
export interface Case {
  readonly load: string;
}

/** The last line of a benchmark. Benchmarks add fields of their own. */
export interface Result extends Headline {
  readonly bench: string;
  /** All cases, first the one that the headline is of, unless the benchmark says otherwise. */
  readonly cases: readonly Case[];
}

/** Prints the JSON line of a benchmark, which must be its last one. */
export function printResult(
  bench: string,
  { unit, ours, baseline, theirs, ratio }: Headline,
  cases: readonly [Case, ...Case[]],
  more: object = {},
): void {
  const result: Result = { bench, unit, ours, baseline, theirs, ratio, ...more, cases };
  console.log(JSON.stringify(result));
}

/** Prints the JSON line of a benchmark whose headline is its first case. */
export function printCases(bench: string, cases: readonly (Case & Headline)[], more: object = {}): void {
  const [first, ...others] = cases;
  if (first === undefined) throw new Error(`the benchmark ${bench} has measured nothing`);
  printResult(bench, first, [first, ...others], more);
}

/** Reads the JSON line at the end of what a benchmark has printed. Throws when it has another shape. */
export function resultOf(bench: string, output: string): Result {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  const wrong = faultOf(bench, parsed(line));
  if (wrong === undefined) return JSON.parse(line) as Result;
  throw new Error(
    `the last line of the benchmark ${bench} ${wrong}; expected the JSON line of printResult (test/bench/harness/result.ts)`,
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function faultOf(bench: string, value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return "is no JSON object";
  const result = value as Readonly<Record<string, unknown>>;
  if (result["bench"] !== bench) return `names the benchmark ${JSON.stringify(result["bench"])}`;
  if (typeof result["unit"] !== "string") return "has no unit";
  for (const name of ["ours", "theirs", "ratio"]) {
    if (result[name] !== null && typeof result[name] !== "number") return `has no number as "${name}"`;
  }
  if (result["baseline"] !== null && typeof result["baseline"] !== "string") return "has no baseline";
  const { cases } = result;
  if (!Array.isArray(cases) || cases.length === 0) return "has no cases";
  if (!cases.every((each) => typeof each?.load === "string")) return "has a case without a load";
  return undefined;
}
