import { median, pairedOf, ratioFields, ratioText } from "../harness/pairs.ts";
import { printCases } from "../harness/result.ts";
import type { Contender, Library, Size, Sizes } from "./libraries/library.ts";
import { type Job, measure, repeat } from "./measure.ts";
import { moves, profiles, sampleCount, scenes } from "./samples.ts";

interface Row {
  readonly name: string;
  /** Ours comes first. */
  readonly jobs: ReadonlyMap<string, Job>;
}

/** Long enough for the engine to optimize a job. */
const warmUpMs = 250;
/** Files of `libraries`; ours comes first. */
const libraries = ["photinus", "protobufjs", "protobuf-es", "without-schema", "bebop"];

async function rows<S extends Size>(size: S, values: readonly Sizes[S][]): Promise<Row[]> {
  const all: Contender[] = [];
  for (const file of libraries) {
    // A module for each size, so that what the engine learns at one size is not a burden at the others.
    const { library } = (await import(`./libraries/${file}.ts?${size}`)) as { library: Library };
    all.push(...library(size, values));
  }
  const [ours, ...others] = all as [Contender, ...Contender[]];
  for (const other of others) for (let n = 0; n < sampleCount; n++) agree(ours, other, n);
  const jobs = (verb: "encode" | "decode") =>
    new Map(all.map((contender) => [contender.name, repeat(contender[verb])]));
  return [
    { name: `${size} encode`, jobs: jobs("encode") },
    { name: `${size} decode`, jobs: jobs("decode") },
  ];
}

/** Nothing is measured before both sides have read the same values, and, where both write protobuf, have written the same bytes. */
function agree(ours: Contender, other: Contender, n: number): void {
  const bytes = other.bytes?.(n);
  if (bytes !== undefined && Buffer.compare(bytes, ours.bytes!(n)) !== 0)
    throw new Error(`${other.name}: other bytes`);
  const [mine, theirs] = [ours, other].map((contender) => comparable(contender.decode(n)));
  if (mine !== theirs) throw new Error(`${other.name}: other values:\n${theirs}\ninstead of\n${mine}`);
}

/** The text of a value that is the same for all libraries: 64-bit numbers, floats, bytes and maps differ. */
function comparable(value: unknown): string {
  return JSON.stringify(value, function replace(this: Record<string, unknown>, key: string, given: unknown) {
    const field = this[key];
    if (typeof field === "bigint" || typeof field === "number") return Math.fround(Number(field));
    if (ArrayBuffer.isView(field)) return Buffer.from(field as Uint8Array).toString("base64");
    if (typeof field !== "object" || field === null || Array.isArray(field)) return given;
    // Orders differ, and protobuf-es adds the name of the type.
    const entries = [...(field instanceof Map ? field : Object.entries(field))].filter(
      ([name]) => !name.startsWith("$"),
    );
    return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Measures against all of them, prints a line for each row, and last the JSON line. */
export async function compareWithLibraries(pairs: number, ms: number): Promise<void> {
  const all = [
    ...(await rows("small", moves)),
    ...(await rows("medium", profiles)),
    ...(await rows("large", scenes)),
  ];
  const results = all.map((row) => compareRow(row, pairs, ms));
  const unit = "ops/s";
  const cases = results.map(({ name, baseline, paired }) => ({
    load: name,
    unit,
    ours: Math.round(paired.ours),
    baseline,
    theirs: Math.round(paired.theirs),
    ...ratioFields(paired),
  }));
  const medium = cases.filter(({ load }) => load.startsWith("medium"));
  const mean = (pick: (row: (typeof cases)[number]) => number) => geometricMean(medium.map(pick));
  // Medium messages both ways: the headline.
  const both = {
    load: "medium",
    unit,
    ours: Math.round(mean((row) => row.ours)),
    baseline: [...new Set(medium.map(({ baseline }) => baseline))].join(" / "),
    theirs: Math.round(mean((row) => row.theirs)),
    ratio: Number(mean((row) => row.ratio).toFixed(3)),
  };
  printCases("codec", [both, ...cases], { pairs });
}

/** Compares with the fastest of the others, and prints a line. */
function compareRow({ name, jobs }: Row, pairs: number, ms: number) {
  const speeds = new Map([...jobs.keys()].map((key) => [key, [] as number[]]));
  for (const job of jobs.values()) measure(job, warmUpMs);
  for (let pair = 0; pair < pairs; pair++) {
    const turn = [...jobs];
    if (pair % 2 === 1) turn.reverse();
    for (const [key, job] of turn) speeds.get(key)!.push(measure(job, ms).perSecond);
  }
  const [[, mine], ...others] = [...speeds] as [[string, number[]], ...[string, number[]][]];
  const [baseline, theirs] = others.reduce((best, other) =>
    median(other[1]) > median(best[1]) ? other : best,
  );
  const paired = pairedOf(mine, theirs);
  const listed = [...speeds].map(
    ([key, each]) => `${key} ${Math.round(median(each) / 1000).toLocaleString("en")} k/s`,
  );
  console.log(`${name.padEnd(14)} ${ratioText(paired)}  ${listed.join(", ")}`);
  return { name, baseline, paired };
}
