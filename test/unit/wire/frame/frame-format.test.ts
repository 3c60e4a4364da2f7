import { expect, test } from "vitest";
import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import {
  control,
  defaultFrameFormat,
  firstControlCommand,
  resolveFrameFormat,
} from "../../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame, writeFrame } from "../../../../runtime/wire/frame/frame-writer.ts";
import { hex } from "./frame-collector.ts";

test("a standard frame has 17 bytes before its payload", () => {
  const writer = new Writer(0);
  writeFrame(writer, defaultFrameFormat, 0, 101, Uint8Array.of(0xaa, 0xbb));
  expect(hex(writer.finish())).toBe("00000000" + "00" + "00000000" + "00000006" + "00000065" + "aabb");
});

test("a wide frame has 20 bytes before its payload", () => {
  const format = resolveFrameFormat({ head: [1, 2, 3, 4], layout: "wide", serverVersion: 0xdeadbeef });
  const writer = new Writer(0);
  writeFrame(writer, format, 1, 0xffffff01, Uint8Array.of(0xaa, 0xbb, 0xcc), 1, 2);
  expect(hex(writer.finish())).toBe("01020304" + "00000001" + "deadbeef" + "00000005" + "ffffff01" + "bb");
});

test("frames are written one after another into the same writer, around what is there", () => {
  const writer = new Writer(4);
  for (let i = 0; i < 3; i++) {
    const mark = beginFrame(writer, defaultFrameFormat, 0, i);
    writer.append(new Uint8Array(i * 100));
    endFrame(writer, defaultFrameFormat, mark);
  }
  const bytes = writer.finish();
  expect(bytes.length).toBe(3 * 17 + 300);
  expect(hex(bytes.subarray(17, 34))).toBe("00000000" + "00" + "00000000" + "00000068" + "00000001");
});

test("a wrong format is refused by the name of its field", () => {
  expect(() => resolveFrameFormat({ head: [0, 0, 0, 256] })).toThrow("frame: head");
  expect(() => resolveFrameFormat({ serverVersion: -1 })).toThrow("frame: serverVersion");
  expect(() => resolveFrameFormat(JSON.parse('{"layout":"tall"}'))).toThrow("frame: layout");
  expect(resolveFrameFormat({})).toEqual(defaultFrameFormat);
});

test("control commands are distinct and lie in the reserved range", () => {
  const ids = Object.values(control);
  expect(ids.length).toBeGreaterThan(8);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toBeGreaterThanOrEqual(firstControlCommand);
});
