/**
 * `npm run bench -- compression`: what a compressed body saves in bytes, and what it costs in CPU time. The body is a list of players
 * as JSON; the last bytes of it differ in each round, so that no round is like the one before. Beside it stands the cost of the body
 * as it is: a copy into the output of each receiver. All kinds take turns, and each figure is the median of the rounds.
 */
import { parseArgs } from "node:util";
import { compressBody, expandBody } from "../../../runtime/transport/zlib-bodies.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { Compression } from "../../../runtime/wire/generated/photinus/control.ts";
import { type Case, type Headline, printCases } from "../harness/result.ts";

const { values } = parseArgs({
  options: {
    bytes: { type: "string", default: "1024,4096,16384" },
    rounds: { type: "string", default: "15" },
    receivers: { type: "string", default: "100,1" },
  },
});
const sizes = values.bytes.split(",").map(Number);
const receivers = values.receivers.split(",").map(Number);
const rounds = Number(values.rounds);
if (![...sizes, ...receivers, rounds].every((value) => value > 0)) {
  console.error("usage: compression [--bytes 1024,4096] [--rounds N] [--receivers 1,100]");
  process.exit(1);
}

/** Bodies in a round: enough for the clock of CPU time. */
const perRound = 200;
const kinds = { "deflate-raw": Compression.DEFLATE_RAW, zstd: Compression.ZSTD } as const;

function bodiesOf(size: number): Uint8Array[] {
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return seed % below;
  };
  const state = ["idle", "run", "jump", "hit"];
  return Array.from({ length: perRound }, () => {
    const players = Array.from({ length: size / 60 + 10 }, (_, n) => ({
      id: 1_000 + n,
      name: `player-${random(10_000)}`,
      x: random(100_000) / 100,
      y: random(100_000) / 100,
      state: state[random(4)],
    }));
    return Buffer.from(JSON.stringify(players)).subarray(0, size);
  });
}

/** Throws unless each body is the same again after compression, which none of these is too small for. */
function check(kind: Compression, bodies: readonly Uint8Array[]): void {
  for (const body of bodies) {
    const packed = compressBody(kind, body, 0, body.length);
    if (packed === undefined || packed.length >= body.length) throw new Error("a body was not compressed");
    const again = expandBody(kind, packed, 0, packed.length, body.length);
    if (typeof again === "string" || Buffer.compare(again, body) !== 0)
      throw new Error("a body is another one after compression");
  }
}

/** CPU time of one body, in microseconds. */
function cpuOf(bodies: readonly Uint8Array[], run: (body: Uint8Array) => void): number {
  const before = process.threadCpuUsage();
  for (const body of bodies) run(body);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / bodies.length;
}

const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!;

const output = new Writer(1 << 20);
const copy = (body: Uint8Array, count: number): void => {
  for (let n = 0; n < count; n++) {
    output.position = 0;
    output.append(body);
  }
};

interface Row extends Case, Headline {
  /** Bytes left, as a share. */
  readonly share: number;
  readonly compressUs: number;
  readonly expandUs: number;
}

const us = (value: number) => Number(value.toFixed(2));
const rows: Row[] = [];
const bodyResults: Record<string, Record<string, number>> = {};
for (const size of sizes) {
  const bodies = bodiesOf(size);
  for (const kind of Object.values(kinds)) check(kind, bodies);
  const figures = new Map<string, number[]>();
  const note = (name: string, us: number) => figures.set(name, [...(figures.get(name) ?? []), us]);
  const result: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, kind] of Object.entries(kinds)) {
      const packed: Uint8Array[] = [];
      note(
        `${name} compress`,
        cpuOf(bodies, (body) => packed.push(compressBody(kind, body, 0, body.length)!)),
      );
      note(
        `${name} expand`,
        cpuOf(packed, (body) => void expandBody(kind, body, 0, body.length, size)),
      );
      result[`${name} share`] = packed.reduce((sum, { length }) => sum + length, 0) / (size * perRound);
      for (const count of receivers)
        note(
          `${name} push to ${count}`,
          cpuOf(bodies, (body) => copy(compressBody(kind, body, 0, body.length)!, count)),
        );
    }
    for (const count of receivers)
      note(
        `plain push to ${count}`,
        cpuOf(bodies, (body) => copy(body, count)),
      );
  }
  for (const [name, list] of figures) result[`${name} us`] = us(median(list));
  bodyResults[size] = result;
  for (const name of Object.keys(kinds)) {
    for (const count of receivers) {
      const [ours, theirs] = [result[`${name} push to ${count} us`]!, result[`plain push to ${count} us`]!];
      rows.push({
        load: `${size} bytes, ${name}, to ${count}`,
        unit: "us",
        ours,
        baseline: "the body as it is",
        theirs,
        // The clock of processor time may be too coarse for a small copy.
        ratio: theirs > 0 ? us(ours / theirs) : null,
        share: Number(result[`${name} share`]!.toFixed(3)),
        compressUs: result[`${name} compress us`]!,
        expandUs: result[`${name} expand us`]!,
      });
    }
  }
  console.log(`\nbody of ${size} bytes`);
  for (const [name, value] of Object.entries(result)) console.log(`  ${name.padEnd(28)}${value.toFixed(2)}`);
}
printCases("compression", rows, { rounds, bodies: bodyResults });
