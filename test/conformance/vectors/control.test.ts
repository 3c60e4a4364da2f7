import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decode, type MessageType } from "../../../runtime/wire/codec/codec-runtime.ts";
import { Writer } from "../../../runtime/wire/codec/writer.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { endFrame, writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { control, defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import {
  Ack,
  Authenticate,
  Authenticated,
  Bye,
  Cancel,
  Failure,
  GoAway,
  Hello,
  Kick,
  NodeChange,
  Nothing,
  Ping,
  Pong,
  Queued,
  ResumeRefusal,
  Welcome,
} from "../../../runtime/wire/generated/photinus/control.ts";
import { Envelope, kind, readEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { beginMessage, writeControl } from "../../../runtime/wire/session/control-messages.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface ControlVector {
  name: string;
  message: string;
  command: number;
  /** Fields of an error answer. */
  sequence?: number;
  protoVersion?: number;
  fields: Record<string, string | number | boolean>;
  body: string;
  hex: string;
}

/** Fields as the vectors have them, from the message as our code has it: the schema's names, bytes as hex. */
function plainFields(message: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value instanceof Uint8Array ? toHex(value) : value,
    ]),
  );
}

const codecs = [
  ...[Ack, Authenticate, Authenticated, Bye, Cancel, Failure, GoAway, Hello, Kick, Queued],
  ...[NodeChange, Nothing, Ping, Pong, Welcome],
] as MessageType<object>[];
const vectors = loadVectors<ControlVector>("control.json");

describe("control.json", () => {
  test.each(vectors)("$name", (vector) => {
    const codec = codecs.find(({ name }) => name === `photinus.control.${vector.message}`);
    if (!codec) expect.fail(`there is no message ${vector.message}`);
    const message = decode(codec, fromHex(vector.body));
    expect(plainFields(message)).toEqual(vector.fields);
    const writer = new Writer();
    if (vector.protoVersion === 0) {
      codec.write(writer, message);
      const body = writer.finish();
      writer.position = 0;
      writeFrame(writer, defaultFrameFormat, 0, vector.command, body);
    } else if (vector.sequence !== undefined) {
      const mark = beginMessage(writer, defaultFrameFormat, kind.error, vector.command, vector.sequence);
      codec.write(writer, message);
      endFrame(writer, defaultFrameFormat, mark);
    } else writeControl(writer, defaultFrameFormat, vector.command, codec, message);
    expect(toHex(writer.finish())).toBe(vector.hex);
  });

  test("every control message is among them, under its own command", () => {
    const found = new Map(vectors.map(({ message, command }) => [message, command]));
    for (const [name, command] of Object.entries(control))
      expect(found.get(name[0]!.toUpperCase() + name.slice(1)), name).toBe(command);
    expect(found.has("Failure")).toBe(true);
  });

  test("every refusal of a resume is among them", () => {
    const refusals = new Set(vectors.map(({ fields }) => fields["refusal"]));
    for (const [name, value] of Object.entries(ResumeRefusal)) expect(refusals.has(value), name).toBe(true);
  });
});

test("conversation.json is made of legal frames, begins with Hello, and answers every request once", () => {
  const open = new Set<number>();
  const seen: string[] = [];
  for (const { from, hex } of loadVectors<{ from: string; hex: string }>("conversation.json")) {
    const decoder = new FrameDecoder(
      { format: defaultFrameFormat, protoVersions: [1] },
      {
        onIllegal: (reason) => expect.fail(reason),
        onFrame: (command, _protoVersion, bytes, start, end) => {
          const envelope = new Envelope();
          expect(readEnvelope(bytes, start, end, envelope)).toBeUndefined();
          if (envelope.kind === kind.request) open.add(envelope.sequence);
          if (envelope.kind === kind.reply || envelope.kind === kind.error)
            expect(open.delete(envelope.sequence)).toBe(true);
          seen.push(`${from} ${envelope.kind} ${command.toString(16)}`);
        },
      },
    );
    decoder.push(fromHex(hex));
    expect(decoder.partialBytes).toBe(0);
  }
  expect(seen[0]).toBe("client 6 ffffff01");
  expect(seen[1]).toBe("server 6 ffffff02");
  expect(open.size).toBe(0);
});

test("the conversation in docs/PROTOCOL.md is that of conversation.json, frame by frame", () => {
  const text = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const section = /^## 6\..*?(?=^## 7\.)/ms.exec(text)?.[0] ?? "";
  const told = [...section.matchAll(/^[0-9a-f ]{30,}$/gm)].map(([line]) => line.replaceAll(" ", ""));
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(loadVectors<{ hex: string }>("conversation.json").map(({ hex }) => hex));
});
