import { describe, expect, test } from "vitest";
import { FrameDecoder } from "../../../../runtime/wire/frame/frame-decoder.ts";
import { headerBytes } from "../../../../runtime/wire/frame/frame-format.ts";
import fc from "../../../setup/random.ts";
import { Collector, collect, type Frame, formats, frameBytes, hex, LentMemory } from "./frame-collector.ts";

const frames: readonly Frame[] = [
  { command: 1, protoVersion: 0, payload: "" },
  { command: 0xfffffffe, protoVersion: 1, payload: hex(new Uint8Array(200).fill(9)) },
  { command: 201, protoVersion: 0, payload: "00000000" },
];

describe.each(formats)("frames in the format %s", (_name, format) => {
  const bytes = frameBytes(format, frames);
  const header = headerBytes(format.layout);

  test("glued frames come out one by one", () => {
    const { collector, decoder } = collect(format, [bytes]);
    expect(collector.frames).toEqual(frames);
    expect(decoder.partialBytes).toBe(0);
  });

  test("a stream comes out the same at every split into two", () => {
    for (let split = 0; split <= bytes.length; split++) {
      const { collector } = collect(format, [bytes.subarray(0, split), bytes.subarray(split)]);
      expect(collector.frames, `split at ${split}`).toEqual(frames);
    }
  });

  test("no more frames come out than the budget holds; the rest of the chunk is pushed again", () => {
    for (let split = 0; split <= bytes.length; split++) {
      const collector = new Collector();
      const budget = { left: 0 };
      const decoder = new FrameDecoder({ format, protoVersions: [0, 1] }, collector, budget);
      for (const part of [bytes.subarray(0, split), bytes.subarray(split)]) {
        let rest = part;
        while (rest.length > 0) {
          const before = collector.frames.length;
          budget.left = 1;
          rest = rest.subarray(decoder.push(Uint8Array.from(rest)));
          expect(collector.frames.length - before).toBeLessThanOrEqual(1);
        }
      }
      expect(collector.frames, `split at ${split}`).toEqual(frames);
    }
  });

  test("a stream comes out the same byte by byte", () => {
    const { collector } = collect(
      format,
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
    );
    expect(collector.frames).toEqual(frames);
  });

  test("a truncated stream gives the frames that are whole and waits for the rest, at every length", () => {
    const ends = [0, 1, 2, 3].map((count) => frameBytes(format, frames.slice(0, count)).length);
    for (let size = 0; size <= bytes.length; size++) {
      const { collector, decoder } = collect(format, [bytes.subarray(0, size)]);
      const whole = ends.filter((end) => end <= size).length - 1;
      expect(collector.frames, `cut at ${size}`).toEqual(frames.slice(0, whole));
      expect(collector.illegal).toEqual([]);
      expect(decoder.partialBytes).toBe(size - ends[whole]!);
    }
  });

  test("any frames, cut anywhere, come out as they went in", () => {
    const anyFrame = fc.record({
      command: fc.integer({ min: 0, max: 0xffffffff }),
      protoVersion: fc.constantFrom(0, 1),
      payload: fc.uint8Array({ maxLength: 3_000 }).map(hex),
    });
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 900 })),
        (sent, cuts) => {
          const stream = frameBytes(format, sent);
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < stream.length; ) {
            const size = cuts.next().value as number;
            chunks.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(collect(format, chunks).collector.frames).toEqual(sent);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a wrong byte of the head is found at that byte, after frames that were right", () => {
    for (let at = 0; at < 4; at++) {
      const wrong = Uint8Array.from(bytes.subarray(0, at + 1));
      wrong[at] = wrong[at]! ^ 0x55;
      expect(collect(format, [wrong]).collector.illegal, `byte ${at}, whole`).toEqual(["head"]);
      const bytewise = collect(format, [
        bytes,
        ...Array.from(wrong, (byte) => Uint8Array.of(byte)),
      ]).collector;
      expect(bytewise.illegal, `byte ${at}, one by one`).toEqual(["head"]);
      expect(bytewise.frames).toEqual(frames);
    }
  });

  test("each field is refused when its last byte is there, and not before", () => {
    const cases = [
      { reason: "proto-version", at: header - 13, value: 2 },
      { reason: "server-version", at: header - 9, value: 0x99 },
      { reason: "too-short", at: header - 5, value: 3 },
    ] as const;
    for (const { reason, at, value } of cases) {
      const wrong = Uint8Array.from(frameBytes(format, [{ command: 1, protoVersion: 0, payload: "" }]));
      wrong[at] = value;
      expect(collect(format, [wrong.subarray(0, at)]).collector.illegal, reason).toEqual([]);
      expect(collect(format, [wrong.subarray(0, at + 1)]).collector.illegal, reason).toEqual([reason]);
      expect(collect(format, [wrong]).collector.illegal, reason).toEqual([reason]);
    }
  });

  test("the limit is that of the length field: command and payload together", () => {
    const atLimit = frameBytes(format, [{ command: 1, protoVersion: 0, payload: "aa".repeat(96) }]);
    const above = frameBytes(format, [{ command: 1, protoVersion: 0, payload: "aa".repeat(97) }]);
    expect(collect(format, [atLimit], { maxFrameBytes: 100 }).collector.frames).toHaveLength(1);
    expect(collect(format, [above], { maxFrameBytes: 100 }).collector.illegal).toEqual(["too-long"]);
  });

  test("every length under 4 is too short, and huge ones are too long, also where they look negative", () => {
    const lengths = [0, 1, 2, 3, 65_537, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff];
    const seen = lengths.map((length) => {
      const bytes = frameBytes(format, [{ command: 1, protoVersion: 0, payload: "" }]);
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(header - 8, length);
      const { collector, decoder } = collect(format, [bytes]);
      expect(decoder.heldBytes).toBe(0);
      expect(collector.frames).toEqual([]);
      return collector.illegal.join();
    });
    expect(seen).toEqual([...Array(4).fill("too-short"), ...Array(5).fill("too-long")]);
  });

  test("nothing is allocated for bytes that did not come", () => {
    const declared = frameBytes(format, [{ command: 1, protoVersion: 0, payload: "00".repeat(65_000) }]);
    const { decoder } = collect(format, [declared.subarray(0, header + 10)]);
    expect(decoder.partialBytes).toBe(header + 10);
    expect(decoder.heldBytes).toBeLessThanOrEqual(64);
    const grown = collect(format, [declared.subarray(0, 20), declared.subarray(20, 30_000)]).decoder;
    expect(grown.heldBytes).toBeLessThanOrEqual(60_000);
  });

  test("the buffer of a large frame is let go when the frame is delivered", () => {
    const large = frameBytes(format, [{ command: 1, protoVersion: 0, payload: "11".repeat(50_000) }]);
    const { decoder, collector } = collect(format, [large.subarray(0, 100), large.subarray(100)]);
    expect(collector.frames).toHaveLength(1);
    expect(decoder.heldBytes).toBeLessThanOrEqual(1_024);
  });
});

const standard = formats[0]![1];

test("long partial frames share memory, which nobody else has while a frame is delivered", () => {
  const memory = new LentMemory();
  const payload = "11".repeat(50_000);
  const large = frameBytes(standard, [{ command: 1, protoVersion: 0, payload }]);
  const collector = new Collector();
  const options = { format: standard, protoVersions: [0, 1], maxFrameBytes: 1 << 20, memory };
  for (let n = 1; n <= 3; n++) {
    const decoder = new FrameDecoder(options, collector);
    let lentInside = 0;
    collector.after = () => {
      lentInside = memory.lent.size;
      decoder.destroy();
    };
    for (let at = 0; at < large.length; at += 999) decoder.push(large.subarray(at, at + 999));
    expect(collector.frames).toHaveLength(n);
    expect(collector.frames[n - 1]).toMatchObject({ payload });
    expect(lentInside).toBe(1);
    expect(memory.lent.size).toBe(0);
  }
  const count = memory.made;
  const decoder = new FrameDecoder(options, collector);
  decoder.push(large.subarray(0, 40_000));
  expect(memory.lent.size).toBe(1);
  decoder.destroy();
  expect(memory.lent.size).toBe(0);
  expect(memory.made).toBe(count);
});

test("memory that is too short for a frame is given back at once", () => {
  let short = 0;
  const memory = {
    take: () => {
      short++;
      return new Uint8Array(2_048);
    },
    give: ({ length }: Uint8Array) => {
      if (length === 2_048) short--;
    },
  };
  const payload = "11".repeat(50_000);
  const large = frameBytes(standard, [{ command: 1, protoVersion: 0, payload }]);
  const collector = new Collector();
  const decoder = new FrameDecoder({ format: standard, protoVersions: [0], memory }, collector);
  for (let at = 0; at < large.length; at += 9_999) {
    decoder.push(large.subarray(at, at + 9_999));
    expect(short).toBe(0);
  }
  expect(collector.frames).toMatchObject([{ payload }]);
});

test("a version that the port does not speak is refused", () => {
  const collector = new Collector();
  const decoder = new FrameDecoder({ format: standard, protoVersions: [1] }, collector);
  decoder.push(frameBytes(standard, [{ command: 1, protoVersion: 0, payload: "" }]));
  expect(collector.illegal).toEqual(["proto-version"]);
});

test("after an illegal frame the decoder is dead: it tells so once and ignores what comes", () => {
  const { collector, decoder } = collect(standard, [
    Uint8Array.of(9),
    frameBytes(standard, frames),
    Uint8Array.of(9),
  ]);
  expect(decoder.dead).toBe(true);
  expect(collector).toMatchObject({ frames: [], illegal: ["head"] });
});

test("a sink that destroys the decoder in the middle of a chunk gets no more frames, whole or partial", () => {
  const bytes = frameBytes(standard, frames);
  for (const chunks of [[bytes], [bytes.subarray(0, 5), bytes.subarray(5)]]) {
    const collector = new Collector();
    const decoder = new FrameDecoder({ format: standard, protoVersions: [0, 1] }, collector);
    collector.after = () => decoder.destroy();
    for (const chunk of chunks) decoder.push(chunk);
    expect(collector.frames).toHaveLength(1);
    decoder.push(bytes);
    expect(collector.frames).toHaveLength(1);
    expect(decoder.heldBytes).toBe(0);
  }
});

test("a sink that throws makes the decoder dead, and the error comes out", () => {
  const collector = new Collector();
  const decoder = new FrameDecoder({ format: standard, protoVersions: [0, 1] }, collector);
  collector.after = () => {
    throw new Error("broken sink");
  };
  expect(() => decoder.push(frameBytes(standard, frames))).toThrow("broken sink");
  expect(decoder.dead).toBe(true);
});

test("pushing from inside onFrame is refused", () => {
  const collector = new Collector();
  const decoder = new FrameDecoder({ format: standard, protoVersions: [0, 1] }, collector);
  collector.after = () => decoder.push(Uint8Array.of(0));
  expect(() => decoder.push(frameBytes(standard, frames))).toThrow("inside of onFrame");
});

test("a whole frame is handed over where it lies, without a copy", () => {
  const bytes = frameBytes(standard, frames);
  let same = 0;
  const decoder = new FrameDecoder(
    { format: standard, protoVersions: [0, 1] },
    {
      onFrame: (_command, _version, where) => {
        if (where === bytes) same++;
      },
      onIllegal: () => {},
    },
  );
  decoder.push(bytes);
  expect(same).toBe(3);
});

test("a new limit counts from the next header on", () => {
  const { decoder, collector } = collect(standard, []);
  decoder.maxFrameBytes = 10;
  decoder.push(frameBytes(standard, [{ command: 1, protoVersion: 0, payload: "00".repeat(7) }]));
  expect(collector.illegal).toEqual(["too-long"]);
});
