import { readFileSync } from "node:fs";
import { Packr } from "msgpackr";
import protobuf from "protobufjs";
import { type MessageType, Reader, Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { median, pairedOf, ratioFields, ratioText } from "../harness/pairs.ts";
import { Move, Profile, Scene } from "./fixtures/bench.messages.ts";
import { type Job, measure, repeat } from "./measure.ts";
import { moves, profiles, sampleCount, scenes } from "./samples.ts";

interface Row {
  readonly name: string;
  /** Ours comes first. */
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

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Measures against all of them, prints a line for each row, and last the JSON line. */
export function compareWithLibraries(pairs: number, ms: number): void {
  const all = [
    ...rows("small", Move, moves),
    ...rows("medium", Profile, profiles),
    ...rows("large", Scene, scenes),
  ];
  const results = all.map((row) => compareRow(row, pairs, ms));
  const mean = (pick: (result: (typeof results)[number]) => number) => geometricMean(results.map(pick));
  console.log(
    JSON.stringify({
      bench: "codec",
      unit: "ops/s",
      ours: Math.round(mean(({ paired }) => paired.ours)),
      baseline: [...new Set(results.map(({ baseline }) => baseline))].join(" / "),
      theirs: Math.round(mean(({ paired }) => paired.theirs)),
      ratio: Number(mean(({ paired }) => paired.ratio).toFixed(3)),
      pairs,
      rows: Object.fromEntries(results.map(({ name, paired }) => [name, ratioFields(paired)])),
    }),
  );
}

/** Compares with the fastest of the others, and prints a line. */
function compareRow({ name, contenders }: Row, pairs: number, ms: number) {
  const speeds = new Map(Object.keys(contenders).map((key) => [key, [] as number[]]));
  for (const job of Object.values(contenders)) measure(job, ms);
  for (let pair = 0; pair < pairs; pair++) {
    const turn = Object.entries(contenders);
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
