import { expect, test } from "vitest";
import { FrameReader } from "../../../clients/typescript/src/channel/frame-reader.ts";
import { resolveConnect } from "../../../clients/typescript/src/connect-options.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { resolveFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";

const layouts = ["standard", "wide"] as const;
const limit = 4_096;

/** Random numbers below a bound, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a reader makes of a stream in these chunks: frames and the reason of its end, in words. */
function read(kind: "client" | "server", layout: (typeof layouts)[number], chunks: readonly Uint8Array[]) {
  const got: string[] = [];
  const sink = {
    onFrame: (command: number, version: number, bytes: Uint8Array, start: number, end: number) =>
      void got.push(`${command} ${version} ${Buffer.from(bytes.subarray(start, end)).toString("hex")}`),
    onIllegal: (reason: string) => void got.push(reason),
  };
  const format = resolveFrameFormat({ layout, serverVersion: 7 });
  const reader =
    kind === "client"
      ? new FrameReader(resolveConnect({ frame: format, maxFrameBytes: limit }), sink)
      : new FrameDecoder({ format, maxFrameBytes: limit, protoVersions: [1] }, sink);
  for (const chunk of chunks) reader.push(chunk);
  return got;
}

test.each(layouts)("frames are those of a server's decoder, however the stream is split (%s)", (layout) => {
  const random = numbers(7);
  const format = resolveFrameFormat({ layout, serverVersion: 7 });
  for (let round = 0; round < 200; round++) {
    const w = new Writer();
    for (let n = random(5) + 1; n > 0; n--) {
      const body = Uint8Array.from({ length: random(random(4) === 0 ? 3_000 : 20) }, () => random(256));
      writeFrame(w, format, 1, random(1_000) + 1, body);
    }
    const bytes = w.finish();
    // One byte before the first length is wrong in every fourth round.
    if (round % 4 === 0) bytes[random(layout === "wide" ? 12 : 9)]! ^= 1 << random(8);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = random(3) === 0 ? 1 : random(40) + 1;
      chunks.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(read("client", layout, chunks), `round ${round}`).toEqual(read("server", layout, chunks));
  }
});

test("a sink that throws gets no frame twice", () => {
  const w = new Writer();
  for (const command of [1, 2]) writeFrame(w, resolveFrameFormat({}), 1, command, new Uint8Array(3));
  const bytes = w.finish();
  const commands: number[] = [];
  const reader = new FrameReader(resolveConnect({}), {
    onFrame: (command) => {
      commands.push(command);
      throw new Error("broken");
    },
    onIllegal: () => expect.fail("no frame is illegal"),
  });
  reader.push(bytes.subarray(0, 10));
  expect(() => reader.push(bytes.subarray(10, 20))).toThrow("broken");
  expect(commands).toEqual([1]);
});
