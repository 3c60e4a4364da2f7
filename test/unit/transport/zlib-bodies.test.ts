import { constants, deflateRawSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compressBody, expandBody } from "../../../runtime/transport/zlib-bodies.ts";
import { putVarint32 } from "../../../runtime/wire/codec/varint.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { Compression } from "../../../runtime/wire/generated/photinus/control.ts";
import { compressedBody, maxRatio, readBodyHead } from "../../../runtime/wire/session/compressed-body.ts";
import fc from "../../setup/random.ts";

const kinds = [Compression.DEFLATE_RAW, Compression.ZSTD] as const;

/** Bytes with repetitions, as messages have them. */
const bodies = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom("player", "position", "velocity")), {
    minLength: 20,
    maxLength: 200,
  })
  .map((parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string)))));

/** A size and data, whether they fit or not. */
function forged(size: number, data: Uint8Array): Uint8Array {
  const w = new Writer();
  w.ensure(5);
  w.position = putVarint32(w.bytes, 0, size);
  w.append(data);
  return w.finish();
}

describe.each(kinds)("compression %i", (kind) => {
  const pack = (bytes: Uint8Array) =>
    kind === Compression.ZSTD ? zstdCompressSync(bytes) : deflateRawSync(bytes);

  test("a body is expanded to what it was, wherever it stands, or is sent as it is", () => {
    let packedCount = 0;
    fc.assert(
      fc.property(bodies, fc.nat(20), fc.nat(20), (body, before, after) => {
        const around = new Uint8Array(before + body.length + after).fill(7);
        around.set(body, before);
        const packed = compressBody(kind, around, before, before + body.length);
        if (packed === undefined) return;
        packedCount++;
        expect(packed.length).toBeLessThan(body.length);
        const moved = new Uint8Array(before + packed.length + after).fill(9);
        moved.set(packed, before);
        const back = expandBody(kind, moved, before, before + packed.length, body.length);
        expect(Buffer.from(back as Uint8Array).equals(body)).toBe(true);
        expect(expandBody(kind, moved, before, before + packed.length, body.length - 1)).toBe("size");
      }),
    );
    expect(packedCount).toBeGreaterThan(5);
  });

  test("a body that is cut off anywhere, or has bytes after its end, is broken", () => {
    const body = Buffer.from(
      JSON.stringify(Array.from({ length: 60 }, (_, n) => ({ id: n, name: `p${n}` }))),
    );
    const packed = compressBody(kind, body, 0, body.length)!;
    for (let end = 0; end < packed.length; end++) {
      expect(typeof expandBody(kind, packed, 0, end, 1 << 20), `cut at ${end}`).toBe("string");
    }
    const longer = Buffer.concat([packed, packed]);
    for (let end = packed.length + 1; end <= longer.length; end++) {
      expect(typeof expandBody(kind, longer, 0, end, 1 << 20), `end at ${end}`).toBe("string");
    }
  });

  test("any bytes end in a body of the announced size, or in a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(400), (data, size) => {
        const found = expandBody(kind, forged(size, data), 0, forged(size, data).length, 400);
        if (typeof found === "string") expect(["size", "ratio", "data"]).toContain(found);
        else expect(found.length).toBe(size);
      }),
    );
  });

  test("a bomb is refused by its size, or after as many bytes as it has announced", () => {
    const bomb = pack(new Uint8Array(64 << 20));
    const before = process.memoryUsage().arrayBuffers;
    for (const size of [64 << 20, 1 << 20, bomb.length * maxRatio + 1, bomb.length * maxRatio, 1_000, 1]) {
      for (const most of [1_000, 1 << 20, 1 << 28]) {
        expect(typeof expandBody(kind, forged(size, bomb), 0, forged(size, bomb).length, most)).toBe(
          "string",
        );
      }
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 << 20);
  });

  test("a body that is too repetitive for a receiver's bound is sent as it is", () => {
    const zeros = new Uint8Array(100_000);
    expect(compressBody(kind, zeros, 0, zeros.length)).toBeUndefined();
    const noise = crypto.getRandomValues(new Uint8Array(4_000));
    expect(compressBody(kind, noise, 0, noise.length)).toBeUndefined();
  });
});

test("a window beyond 8 MiB is refused, whatever the size of the body", () => {
  const body = Buffer.from("firefly ".repeat(20));
  const params = { [constants.ZSTD_c_windowLog]: 27 };
  const wide = zstdCompressSync(body, { params, pledgedSrcSize: body.length });
  // The frame header: a descriptor without content size, then a window of 2^27 bytes.
  const forgedFrame = Buffer.concat([Buffer.from("28b52ffd0088", "hex"), wide.subarray(7)]);
  expect(
    expandBody(Compression.ZSTD, forged(body.length, forgedFrame), 0, forgedFrame.length + 2, 1_000),
  ).toBe("data");
});

test("the size in front of a body is read at the limits of its bytes", () => {
  const data = new Uint8Array(3_000_000);
  for (const size of [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 100_000_000]) {
    const bytes = forged(size, data);
    expect(readBodyHead(bytes, 0, bytes.length, size)).toMatchObject({ size });
    expect(readBodyHead(bytes, 0, bytes.length, size - 1)).toBe("size");
  }
  expect(compressedBody(2 ** 28, data)).toBeUndefined();
  expect(compressedBody(data.length, data)).toBeUndefined();
});
