import { expect, test } from "vitest";
import { FrameScanner } from "../../../runtime/transport/connection/frame-scanner.ts";
import fc from "../../setup/random.ts";

interface Frame {
  readonly opcode: number;
  readonly size: number;
  readonly masked: boolean;
}

function bytesOf({ opcode, size, masked }: Frame): Uint8Array {
  const bit = masked ? 0x80 : 0;
  const length =
    size < 126
      ? [bit | size]
      : size < 65_536
        ? [bit | 126, size >>> 8, size & 255]
        : [bit | 127, 0, 0, 0, 0, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255];
  return Uint8Array.of(0x80 | opcode, ...length, ...new Uint8Array((masked ? 4 : 0) + size).fill(0x88));
}

test("frames end where they end, wherever the stream is cut", () => {
  const anyFrame = fc.record({
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    size: fc.oneof(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536), fc.integer({ min: 0, max: 300 })),
    masked: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 70_000 })),
      (frames, cuts) => {
        const stream = Buffer.concat(frames.map(bytesOf));
        const ends: number[] = [];
        let position = 0;
        for (const frame of frames) {
          position += bytesOf(frame).length;
          ends.push(position);
        }
        const scanner = new FrameScanner();
        const found: number[] = [];
        let from = 0;
        for (const cut of cuts) {
          if (from >= stream.length) break;
          const chunk = stream.subarray(from, from + cut);
          for (let at = 0; at < chunk.length; ) {
            at = scanner.next(chunk, at);
            if (!scanner.complete) continue;
            const { opcode, size } = frames[found.length]!;
            expect([scanner.opcode, scanner.payloadBytes]).toEqual([opcode, size]);
            expect(scanner.idle).toBe(opcode >= 8 || size === 0);
            found.push(from + at);
          }
          from += chunk.length;
        }
        expect(found).toEqual(ends);
      },
    ),
  );
});
