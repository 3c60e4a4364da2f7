import { readFileSync } from "node:fs";
import { Packr } from "msgpackr";
import protobuf from "protobufjs";
import { type MessageType, Reader, Writer } from "../../../runtime/wire/codec/index.ts";
import { Move, Profile, Scene } from "./fixtures/bench.messages.ts";
import { moves, profiles, sampleCount, scenes } from "./samples.ts";

/**
 * Encodes and decodes small, medium and large messages with generated code, protobufjs and msgpackr, in turns. Prints what
 * each does in a second, medians, and as the last line one JSON object with the geometric mean over the six rows.
 *
 *     node -C photinus-source test/bench/codec/main.ts [--rounds 15] [--ms 40]
 */

/** Does the job `count` times; returns something that depends on the work, so that none of it can be left out. */
type Job = (count: number) => number;

interface Row {
  readonly name: string;
  /** Ours is named "photinus". */
  readonly contenders: Readonly<Record<string, Job>>;
}

const ours = "photinus";
const mask = sampleCount - 1;

// 64-bit fields are numbers on both sides.
Reflect.set(protobuf.util, "Long", null);
protobuf.configure();
const root = protobuf.parse(readFileSync(new URL("schema/bench.proto", import.meta.url), "utf8")).root;
root.resolveAll();

function rows<T extends object>(size: string, type: MessageType<T>, values: readonly T[]): Row[] {
  const theirs = root.lookupType(type.name);
  const plain = values.map((value) => plainOf(value));
  const instances = plain.map((value) => theirs.fromObject(value));
  const encoded = instances.map((value) => Uint8Array.from(theirs.encode(value).finish()));
  const longest = Math.max(...encoded.map(({ length }) => length));
  agree(type, values, encoded);

  const writer = new Writer(longest + 64);
  const theirWriter = protobuf.Writer.create();
  const packr = new Packr({ structures: [] });
  const packed = plain.map((value) => Uint8Array.from(packr.pack(value)));
  // Messages arrive many in one buffer, and one reader is kept, on either side.
  const received = Buffer.concat(encoded);
  const starts = encoded.map((_, n) => encoded.slice(0, n).reduce((sum, { length }) => sum + length, 0));
  const ends = starts.map((start, n) => start + encoded[n]!.length);
  const reader = new Reader(received);
  const theirReader = protobuf.Reader.create(received);
  return [
    {
      name: `${size} encode`,
      contenders: {
        [ours]: repeat((n) => {
          writer.position = 0;
          type.write(writer, values[n & mask]!);
          return writer.position;
        }),
        "protobufjs, writer reused": repeat((n) => {
          theirWriter.reset();
          theirs.encode(instances[n & mask]!, theirWriter);
          return (theirWriter as { pos?: number }).pos ?? 0;
        }),
        protobufjs: repeat((n) => theirs.encode(instances[n & mask]!).finish().length),
        msgpackr: repeat((n) => packr.pack(plain[n & mask]!).length),
      },
    },
    {
      name: `${size} decode`,
      contenders: {
        [ours]: repeat((n) => {
          const end = ends[n & mask]!;
          reader.position = starts[n & mask]!;
          reader.end = end;
          return Object.is(type.read(reader, end), undefined) ? 0 : 1;
        }),
        "protobufjs, reader reused": repeat((n) => {
          theirReader.pos = starts[n & mask]!;
          theirReader.len = ends[n & mask]!;
          return Object.is(theirs.decode(theirReader), undefined) ? 0 : 1;
        }),
        protobufjs: repeat((n) => (Object.is(theirs.decode(encoded[n & mask]!), undefined) ? 0 : 1)),
        msgpackr: repeat((n) => (Object.is(packr.unpack(packed[n & mask]!), undefined) ? 0 : 1)),
      },
    },
  ];
}

/** A loop of its own for each contender, so that the engine optimizes each by itself. */
function repeat(once: (n: number) => number): Job {
  const make = new Function(
    "once",
    "return (count) => { let sum = 0; for (let n = 0; n < count; n++) sum += once(n); return sum; }",
  ) as (once: (n: number) => number) => Job;
  return make(once);
}

/** Maps as plain objects, as the others have them. */
function plainOf(value: object): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, field]) => [
    key,
    field instanceof Map ? Object.fromEntries(field) : field,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** Nothing is measured before both sides have written the same bytes. */
function agree<T>(type: MessageType<T>, values: readonly T[], encoded: readonly Uint8Array[]): void {
  values.forEach((value, n) => {
    const writer = new Writer();
    type.write(writer, value);
    if (Buffer.compare(writer.finish(), encoded[n]!) !== 0) throw new Error(`${type.name}: other bytes`);
  });
}

function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? fallback : Number(process.argv[at + 1]);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0`);
  return value;
}

const rounds = option("rounds", 15);
const ms = option("ms", 40);

/** Operations a second, measured for about `ms`. */
function measure(job: Job): number {
  let count = 0;
  let batch = sampleCount;
  const start = performance.now();
  let now = start;
  while (now - start < ms) {
    job(batch);
    count += batch;
    now = performance.now();
    if (now - start < ms / 8) batch *= 2;
  }
  return (count * 1000) / (now - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const all = [
  ...rows("small", Move, moves),
  ...rows("medium", Profile, profiles),
  ...rows("large", Scene, scenes),
];
const results = all.map(({ name, contenders }) => {
  const speeds = new Map(Object.keys(contenders).map((key) => [key, [] as number[]]));
  for (const job of Object.values(contenders)) measure(job);
  for (let round = 0; round < rounds; round++) {
    for (const [key, job] of Object.entries(contenders)) speeds.get(key)?.push(measure(job));
  }
  const medians = [...speeds].map(([key, values]) => ({ key, speed: median(values) }));
  const mine = speeds.get(ours) ?? [];
  const best = medians.filter(({ key }) => key !== ours).reduce((a, b) => (a.speed > b.speed ? a : b));
  const theirs = speeds.get(best.key) ?? [];
  const ratio = median(mine.map((speed, round) => speed / (theirs[round] ?? Number.NaN)));
  const listed = medians.map(
    ({ key, speed }) => `${key} ${Math.round(speed / 1000).toLocaleString("en")} k/s`,
  );
  console.log(`${name.padEnd(14)} ${ratio.toFixed(2)}x  ${listed.join(", ")}`);
  return { name, ours: median(mine), theirs: best.speed, baseline: best.key, ratio };
});

const round = (value: number, digits: number) => Number(value.toFixed(digits));
console.log(
  JSON.stringify({
    bench: "codec",
    unit: "ops/s",
    ours: Math.round(geometricMean(results.map((row) => row.ours))),
    baseline: [...new Set(results.map((row) => row.baseline))].join(" / "),
    theirs: Math.round(geometricMean(results.map((row) => row.theirs))),
    ratio: round(geometricMean(results.map((row) => row.ratio)), 2),
    pairs: rounds,
    rows: Object.fromEntries(results.map((row) => [row.name, round(row.ratio, 2)])),
  }),
);
