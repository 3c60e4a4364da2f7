import { expect, test } from "vitest";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { control, defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { GoAway } from "../../../runtime/wire/generated/photinus/control.ts";
import { writeControl } from "../../../runtime/wire/session/control-messages.ts";
import {
  Envelope,
  flag,
  kind,
  nextSequence,
  readEnvelope,
  writeEnvelope,
  writeRequestEnvelope,
} from "../../../runtime/wire/session/envelope.ts";
import fc from "../../setup/random.ts";

const kinds = Object.values(kind);
const numbered = [kind.request, kind.reply, kind.error, kind.push, kind.batch] as const;

test("what is written is read again, wherever it stands in the bytes", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...numbered),
      fc.integer({ min: 1, max: 0xffffffff }),
      fc.nat(20),
      fc.uint8Array({ maxLength: 20 }),
      (of, sequence, offset, body) => {
        const writer = new Writer(0);
        writer.append(new Uint8Array(offset));
        writeEnvelope(writer, of, sequence);
        writer.append(body);
        const bytes = writer.finish();
        const envelope = new Envelope();
        expect(readEnvelope(bytes, offset, bytes.length, envelope)).toBeUndefined();
        expect(envelope).toMatchObject({ kind: of, sequence, remainingMs: -1, bodyStart: offset + 5 });
      },
    ),
  );
});

test("a request may carry how long its caller still waits; the time is clamped to what 32 bits hold", () => {
  for (const [given, read] of [
    [0, 0],
    [1_500, 1_500],
    [-3, 0],
    [1e12, 0xffffffff],
  ] as const) {
    const writer = new Writer(0);
    writeRequestEnvelope(writer, 77, given);
    const envelope = new Envelope();
    expect(readEnvelope(writer.finish(), 0, 9, envelope)).toBeUndefined();
    expect(envelope).toMatchObject({ kind: kind.request, sequence: 77, remainingMs: read, bodyStart: 9 });
  }
});

test("a reused envelope forgets the deadline of the message before", () => {
  const envelope = new Envelope();
  const writer = new Writer(0);
  writeRequestEnvelope(writer, 1, 10);
  readEnvelope(writer.finish(), 0, 9, envelope);
  readEnvelope(Uint8Array.of(kind.request, 0, 0, 0, 2), 0, 5, envelope);
  expect(envelope.remainingMs).toBe(-1);
});

test("every truncation is refused", () => {
  const writer = new Writer(0);
  writeRequestEnvelope(writer, 1, 10);
  const bytes = writer.finish();
  for (let end = 0; end < 9; end++) expect(readEnvelope(bytes, 0, end, new Envelope())).toBe("truncated");
  const plain = Uint8Array.of(kind.reply, 0, 0, 0, 1, 9, 9, 9);
  for (let end = 0; end < 5; end++) expect(readEnvelope(plain, 0, end, new Envelope())).toBe("truncated");
});

test("each illegal envelope is refused by its name", () => {
  const of = (first: number, sequence: number): string | undefined =>
    readEnvelope(Uint8Array.of(first, 0, 0, 0, sequence, 0, 0, 0, 0), 0, 9, new Envelope());
  for (const wrong of [0, 8, 15]) expect(of(wrong, 1)).toBe("kind");
  expect(of(kind.request | flag.reserved, 1)).toBe("reserved");
  expect(of(kind.request | flag.compressed, 1)).toBe("compressed");
  expect(of(kind.request | flag.encrypted, 1)).toBe("encrypted");
  for (const other of kinds.filter((found) => found !== kind.request))
    expect(of(other | flag.deadline, 1), `kind ${other}`).toBe("deadline");
  for (const found of [kind.request, kind.reply, kind.error]) {
    expect(of(found, 0), `kind ${found}`).toBe("sequence");
  }
  // A push that is not repeated after a resume has no number.
  for (const found of [kind.push, kind.batch]) expect(of(found, 0)).toBeUndefined();
  for (const found of [kind.notify, kind.control]) {
    expect(of(found, 1)).toBe("sequence");
    expect(of(found, 0)).toBeUndefined();
  }
});

test("any bytes are read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const envelope = new Envelope();
      const reason = readEnvelope(bytes, 0, bytes.length, envelope);
      if (reason === undefined) expect(envelope.bodyStart).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test("after the largest sequence number comes 1, since 0 is none", () => {
  expect(nextSequence(0)).toBe(1);
  expect(nextSequence(0xfffffffe)).toBe(0xffffffff);
  expect(nextSequence(0xffffffff)).toBe(1);
});

test("a control message that cannot be written leaves nothing of its frame behind", () => {
  const writer = new Writer();
  writeControl(writer, defaultFrameFormat, control.goAway, GoAway, { address: "", graceMs: 1 });
  const whole = writer.finish();
  const wrong = { address: "elsewhere", graceMs: 1.5 };
  expect(() => writeControl(writer, defaultFrameFormat, control.goAway, GoAway, wrong)).toThrow(
    "photinus.control.GoAway.graceMs: expected uint32, found a fraction",
  );
  expect(writer.finish()).toEqual(whole);
});
