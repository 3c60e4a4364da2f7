import { describe, expect, test } from "vitest";
import { expandBody } from "../../../runtime/transport/zlib-bodies.ts";
import { commandBytes } from "../../../runtime/wire/frame/frame-format.ts";
import type { Compression } from "../../../runtime/wire/generated/photinus/control.ts";
import { Envelope, kind, readEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface CompressedVector {
  name: string;
  compression: Compression;
  hex: string;
  maxFrameBytes?: number;
  kind?: keyof typeof kind;
  sequence?: number;
  remainingMs?: number;
  body?: string;
  illegal?: string;
}

describe("compressed.json", () => {
  test.each(loadVectors<CompressedVector>("compressed.json"))("$name", (vector) => {
    const bytes = fromHex(vector.hex);
    expect(readEnvelope(bytes, 0, bytes.length, new Envelope()), "without a compression").toBe("compressed");
    const envelope = new Envelope();
    const fault = readEnvelope(bytes, 0, bytes.length, envelope, true);
    if (fault !== undefined) {
      expect(`envelope: ${fault}`).toBe(vector.illegal);
      return;
    }
    expect(envelope.compressed).toBe(true);
    const { bodyStart } = envelope;
    const most = (vector.maxFrameBytes ?? 1_048_576) - commandBytes - bodyStart;
    const body = expandBody(vector.compression, bytes, bodyStart, bytes.length, most);
    if (typeof body === "string") {
      expect(body).toBe(vector.illegal);
      return;
    }
    expect(vector.illegal).toBeUndefined();
    expect(toHex(body)).toBe(vector.body);
    expect(envelope).toMatchObject({
      kind: kind[vector.kind!],
      sequence: vector.sequence,
      remainingMs: vector.remainingMs ?? -1,
    });
  });
});
