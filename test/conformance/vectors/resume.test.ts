import { expect, test } from "vitest";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Hello, ResumeRefusal, Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
import { Envelope, kind, readEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { fromHex, loadVectors, toHex } from "./load.ts";

interface ResumeVector {
  connection: number;
  from: "client" | "server";
  says: string;
  lost?: boolean;
  hex: string;
}

interface Message extends Omit<ResumeVector, "hex"> {
  command: number;
  of: number;
  sequence: number;
  body: Uint8Array;
}

const messages = loadVectors<ResumeVector>("resume.json").map(({ hex, ...vector }): Message => {
  let message: Message | undefined;
  const decoder = new FrameDecoder(
    { format: defaultFrameFormat, protoVersions: [1] },
    {
      onIllegal: (reason) => expect.fail(reason),
      onFrame: (command, _protoVersion, bytes, start, end) => {
        const envelope = new Envelope();
        expect(readEnvelope(bytes, start, end, envelope)).toBeUndefined();
        const { kind: of, sequence, bodyStart } = envelope;
        message = { ...vector, command, of, sequence, body: bytes.slice(bodyStart, end) };
      },
    },
  );
  decoder.push(fromHex(hex));
  if (message === undefined) expect.fail(`${vector.says}: not a whole frame`);
  return message;
});

const isAnswer = ({ of }: Message) => of === kind.reply || of === kind.error;
const arrived = messages.filter(({ lost }) => lost !== true);

test("resume.json has every event of a resumed session", () => {
  const events = messages.map(({ from, of, command, lost }) => {
    return `${from} ${of === kind.control ? command.toString(16) : of}${lost === true ? " lost" : ""}`;
  });
  for (const event of ["client 1 lost", "client 5 lost", "server 2 lost", "server 4 lost", "server ffffff02 lost"])
    expect(events).toContain(event);
  for (const event of ["client ffffff01", "server ffffff02", "client ffffff08", "client ffffff0a"])
    expect(events).toContain(event);
});

test("resume.json: the counts of each Hello, Welcome and Ack are those of the frames that have arrived", () => {
  const seen = { push: 0, answers: 0, request: 0, notifies: 0 };
  for (const message of arrived) {
    const { from, of, command, sequence, body, says } = message;
    if (of === kind.push && sequence !== 0) {
      expect(sequence, says).toBe(seen.push + 1);
      seen.push = sequence;
    } else if (isAnswer(message)) seen.answers++;
    else if (of === kind.request) seen.request = sequence;
    else if (of === kind.notify) seen.notifies++;
    else if (from === "client" && command === control.hello) {
      const { resumeToken, lastPush, answerCount, canResume } = decode(Hello, body);
      expect(canResume, says).toBe(true);
      if (resumeToken.length > 0)
        expect({ lastPush, answerCount }, says).toEqual({ lastPush: seen.push, answerCount: seen.answers });
    } else if (command === control.ack)
      expect(decode(Ack, body), says).toEqual({ push: seen.push, answerCount: seen.answers });
    else if (command === control.welcome) {
      const { resumed, lastRequest, notifyCount } = decode(Welcome, body);
      if (resumed)
        expect({ lastRequest, notifyCount }, says).toEqual({
          lastRequest: seen.request,
          notifyCount: seen.notifies,
        });
      else Object.assign(seen, { push: 0, answers: 0, request: 0, notifies: 0 });
    }
  }
});

test("resume.json: each Hello has the token of the last Welcome that has arrived, and each Welcome a new one", () => {
  let held = "";
  const given = new Set<string>();
  for (const { from, command, body, lost, says } of messages) {
    if (from === "client" && command === control.hello)
      expect(toHex(decode(Hello, body).resumeToken), says).toBe(held);
    if (command !== control.welcome) continue;
    const token = toHex(decode(Welcome, body).resumeToken);
    expect(given.has(token), says).toBe(false);
    given.add(token);
    if (lost !== true) held = token;
  }
  expect(given.size).toBeGreaterThan(3);
});

test("resume.json: each request arrives once and gets one answer, until Bye ends the session", () => {
  const open = new Set<number>();
  let sessions = 0;
  for (const message of arrived) {
    const { of, command, sequence, body, says } = message;
    if (of === kind.request) {
      expect(open.has(sequence), says).toBe(false);
      open.add(sequence);
    } else if (isAnswer(message)) expect(open.delete(sequence), says).toBe(true);
    else if (command === control.bye) expect(open.size, says).toBe(0);
    else if (command === control.welcome) {
      const { resumed, refusal } = decode(Welcome, body);
      if (resumed) continue;
      expect(refusal, says).toBe(sessions === 0 ? ResumeRefusal.NONE : ResumeRefusal.ENDED);
      sessions++;
    }
  }
  expect(open.size).toBe(0);
  expect(sessions).toBe(2);
});
