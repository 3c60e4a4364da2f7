import { expect, test } from "vitest";
import * as ws from "ws";
import { headRoom, putFrameHead, unmasked } from "../../../runtime/transport/connection/whole-frame.ts";
import { webSocketFrame } from "../../setup/frames.ts";

/** Sizes around each form of the length, and around the four bytes of the mask. */
const sizes = [0, 1, 2, 3, 4, 5, 125, 126, 127, 65_535, 65_536, 70_001];
const mask = [0xa1, 0x5b, 0x00, 0xff];

function bodyOf(size: number): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, index) => (index * 31) & 255));
}

test.each(sizes)("a frame of %i bytes is unmasked, wherever it is in its chunk", (size) => {
  const body = bodyOf(size);
  for (const before of [0, 3]) {
    const chunk = Buffer.concat([
      Buffer.alloc(before),
      webSocketFrame(2, body, mask),
      Buffer.from([1, 2, 3]),
    ]);
    const found = unmasked(chunk, before, chunk.length - 3, size);
    expect(Buffer.from(found!).equals(body)).toBe(true);
    expect([...chunk.subarray(-3)]).toEqual([1, 2, 3]);
  }
});

test.each([
  ["a text", 0x81],
  ["a fragment", 0x02],
  ["a continuation", 0x80],
  ["a ping", 0x89],
  ["a frame with an extension", 0xc2],
])("%s is left to the library, as it is", (_, first) => {
  const chunk = webSocketFrame(2, bodyOf(20), mask);
  chunk[0] = first;
  const before = Buffer.from(chunk);
  expect(unmasked(chunk, 0, chunk.length, 20)).toBeUndefined();
  expect(chunk).toEqual(before);
});

test("a frame without a mask, and one with a long form of a short length, are left to the library", () => {
  const plain = Buffer.concat([Buffer.from([0x82, 4]), bodyOf(4)]);
  expect(unmasked(plain, 0, plain.length, 4)).toBeUndefined();
  const long = Buffer.concat([Buffer.from([0x82, 0x80 | 126, 0, 4, 0, 0, 0, 0]), bodyOf(4)]);
  expect(unmasked(long, 0, long.length, 4)).toBeUndefined();
});

test.each(sizes)("a header of %i bytes is the one that the library writes", (size) => {
  const bytes = Buffer.concat([Buffer.alloc(headRoom), bodyOf(size)]);
  const at = putFrameHead(bytes, headRoom, bytes.length);
  const [head] = senderFrame(bodyOf(size));
  expect(bytes.subarray(at, headRoom)).toEqual(head);
});

/** The pieces of a frame as ws writes them. Its types do not name the class. */
function senderFrame(body: Buffer): Buffer[] {
  const { Sender } = ws as unknown as { Sender: { frame(data: Buffer, options: object): Buffer[] } };
  return Sender.frame(body, { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: true });
}
