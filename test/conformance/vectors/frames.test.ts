import { describe, expect, test } from "vitest";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { FrameDecoder, type IllegalFrame } from "../../../runtime/wire/frame/frame-decoder.ts";
import { writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { type FrameFormat, resolveFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { Envelope, kind, readEnvelope, writeEnvelope, writeRequestEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface FrameVector {
  name: string;
  format: FrameFormat;
  protoVersions?: number[];
  maxFrameBytes?: number;
  hex: string;
  frames: { protoVersion: number; command: number; payload: string }[];
  illegal?: IllegalFrame;
}

interface EnvelopeVector {
  name: string;
  hex: string;
  kind?: keyof typeof kind;
  sequence?: number;
  remainingMs?: number;
  body?: string;
  illegal?: string;
}

describe("frames.json", () => {
  test.each(loadVectors<FrameVector>("frames.json"))("$name", (vector) => {
    const format = resolveFrameFormat(vector.format);
    const bytes = fromHex(vector.hex);
    for (const chunkBytes of [bytes.length, 1, 7]) {
      const frames: FrameVector["frames"] = [];
      const illegal: IllegalFrame[] = [];
      const decoder = new FrameDecoder(
        {
          format,
          protoVersions: vector.protoVersions ?? [0, 1],
          ...(vector.maxFrameBytes === undefined ? {} : { maxFrameBytes: vector.maxFrameBytes }),
        },
        {
          onFrame: (command, protoVersion, where, start, end) =>
            frames.push({ protoVersion, command, payload: toHex(where.subarray(start, end)) }),
          onIllegal: (reason) => illegal.push(reason),
        },
      );
      for (let at = 0; at < bytes.length; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
      expect(frames).toEqual(vector.frames);
      expect(illegal).toEqual(vector.illegal === undefined ? [] : [vector.illegal]);
    }
    const writer = new Writer();
    for (const { protoVersion, command, payload } of vector.frames)
      writeFrame(writer, format, protoVersion, command, fromHex(payload));
    expect(vector.hex.startsWith(toHex(writer.finish()))).toBe(true);
  });
});

describe("envelopes.json", () => {
  test.each(loadVectors<EnvelopeVector>("envelopes.json"))("$name", (vector) => {
    const bytes = fromHex(vector.hex);
    const envelope = new Envelope();
    const reason = readEnvelope(bytes, 0, bytes.length, envelope);
    expect(reason).toBe(vector.illegal);
    if (vector.illegal !== undefined) return;
    expect(envelope).toMatchObject({
      kind: kind[vector.kind!],
      sequence: vector.sequence,
      remainingMs: vector.remainingMs ?? -1,
    });
    expect(toHex(bytes.subarray(envelope.bodyStart))).toBe(vector.body);
    const writer = new Writer();
    if (vector.remainingMs === undefined) writeEnvelope(writer, kind[vector.kind!], vector.sequence!);
    else writeRequestEnvelope(writer, vector.sequence!, vector.remainingMs);
    writer.append(fromHex(vector.body!));
    expect(toHex(writer.finish())).toBe(vector.hex);
  });
});
