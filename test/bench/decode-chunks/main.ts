/**
 * Is the frame decoder linear in time? The same stream is decoded from chunks of one byte and of 64 KiB, alternating, the
 * decoder alone: chunks are cut beforehand and the sink only counts. The ratio is time a byte at 1-byte chunks over that
 * at 64 KiB chunks; it must not be above 40. A second figure shows that a large frame which comes in small pieces costs
 * no more for each byte when it is ten times as large.
 *
 * Run: `node -C photinus-source test/bench/decode-chunks/main.ts [pairs]`. The last line is one JSON object.
 */
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { printCases } from "../harness/result.ts";

const pairs = Number(process.argv[2] ?? 15);
const limit = 40;

/** Frames of 64 bytes of payload, the size that the other benchmarks use. */
function streamOf(frameCount: number, payloadBytes: number): Uint8Array {
  const writer = new Writer(frameCount * (payloadBytes + 17));
  const payload = new Uint8Array(payloadBytes).fill(7);
  for (let i = 0; i < frameCount; i++) writeFrame(writer, defaultFrameFormat, 0, i, payload);
  return writer.finish();
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

/** Nanoseconds a byte. */
function measure(chunks: readonly Uint8Array[], frameCount: number, rounds: number): number {
  let seen = 0;
  let size = 0;
  const decoder = new FrameDecoder(
    { format: defaultFrameFormat, maxFrameBytes: 2 ** 26, protoVersions: [0] },
    {
      onFrame: () => {
        seen++;
      },
      onIllegal: (reason) => {
        throw new Error(reason);
      },
    },
  );
  const before = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) for (const chunk of chunks) decoder.push(chunk);
  const elapsed = Number(process.hrtime.bigint() - before);
  for (const chunk of chunks) size += chunk.length;
  if (seen !== frameCount * rounds) throw new Error(`decoded ${seen} frames of ${frameCount * rounds}`);
  return elapsed / (size * rounds);
}

/** Throws unless the decoder gives each frame as it was written, in order. */
function check(chunks: readonly Uint8Array[], frameCount: number, payloadBytes: number): void {
  const payload = new Uint8Array(payloadBytes).fill(7);
  let seen = 0;
  const decoder = new FrameDecoder(
    { format: defaultFrameFormat, maxFrameBytes: 2 ** 26, protoVersions: [0] },
    {
      onFrame: (command, _version, bytes, start, end) => {
        if (command !== seen++) throw new Error(`frame ${seen} is one of command ${command}`);
        if (Buffer.compare(bytes.subarray(start, end), payload) !== 0)
          throw new Error(`the payload of frame ${seen} is not what was written`);
      },
      onIllegal: (reason) => {
        throw new Error(reason);
      },
    },
  );
  for (const chunk of chunks) decoder.push(chunk);
  if (seen !== frameCount) throw new Error(`decoded ${seen} frames of ${frameCount}`);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

// Small enough that the views of single bytes stay in the cache: the decoder is to be measured, not the memory.
const frameCount = 810;
const stream = streamOf(frameCount, 64);
const single = cut(stream, 1);
const large = cut(stream, 65_536);
const smaller = cut(streamOf(1, 1_000_000), 1_000);
const tenfold = cut(streamOf(1, 10_000_000), 1_000);

const figures = {
  single: [] as number[],
  large: [] as number[],
  smaller: [] as number[],
  tenfold: [] as number[],
};
for (let pair = -3; pair < pairs; pair++) {
  const ns = {
    single: measure(single, frameCount, 12),
    large: measure(large, frameCount, 250),
    smaller: measure(smaller, 1, 20),
    tenfold: measure(tenfold, 1, 2),
  };
  if (pair < 0) continue; // warming up
  for (const key of ["single", "large", "smaller", "tenfold"] as const) figures[key].push(ns[key]);
}

// After the measurement, whose sink has to stay the only one that the engine knows.
for (const chunks of [single, large]) check(chunks, frameCount, 64);
check(smaller, 1, 1_000_000);
check(tenfold, 1, 10_000_000);

const ours = median(figures.single);
const baseline = median(figures.large);
const ratio = ours / baseline;
const growth = median(figures.tenfold) / median(figures.smaller);
console.log(`1-byte chunks   ${ours.toFixed(2)} ns a byte`);
console.log(`64 KiB chunks   ${baseline.toFixed(2)} ns a byte`);
console.log(
  `a frame of 10 MB in chunks of 1 kB costs ${growth.toFixed(2)} times as much a byte as one of 1 MB`,
);
const unit = "ns/byte";
const byBytes = {
  load: "1-byte chunks",
  unit,
  ours: Number(ours.toFixed(3)),
  baseline: "chunks of 64 KiB",
  theirs: Number(baseline.toFixed(3)),
  ratio: Number(ratio.toFixed(2)),
};
const growing = {
  load: "a frame of 10 MB in chunks of 1 kB",
  unit,
  ours: Number(median(figures.tenfold).toFixed(3)),
  baseline: "a frame of 1 MB",
  theirs: Number(median(figures.smaller).toFixed(3)),
  ratio: Number(growth.toFixed(2)),
};
printCases("decode-chunks", [byBytes, growing], { limit, pairs });
