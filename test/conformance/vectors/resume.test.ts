import { expect, test } from "vitest";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, GoAway, Hello, ResumeRefusal, Welcome } from "../../../runtime/wire/generated/photinus/control.ts";
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
  for (const event of ["client ffffff01", "server ffffff02", "client ffffff08", "client ffffff0a", "server ffffff07"])
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

test("resume.json: each Hello has the token of the last Welcome or GoAway that has arrived, and each of these a new one", () => {
  let held = "";
  const given = new Set<string>();
  for (const { from, command, body, lost, says } of messages) {
    if (from === "client" && command === control.hello)
      expect(toHex(decode(Hello, body).resumeToken), says).toBe(held);
    if (command !== control.welcome && command !== control.goAway) continue;
    const { resumeToken } = command === control.welcome ? decode(Welcome, body) : decode(GoAway, body);
    const token = toHex(resumeToken);
    expect(given.has(token), says).toBe(false);
    given.add(token);
    if (lost !== true) held = token;
  }
  expect(given.size).toBeGreaterThan(4);
});

test("resume.json: after a GoAway with a token, the session continues on the next connection, at another server", () => {
  const at = messages.findIndex(({ command }) => command === control.goAway);
  const { connection } = messages[at]!;
  const welcomes = arrived.filter(({ command }) => command === control.welcome);
  const names = [connection, connection + 1].map((number) => {
    const { resumed, session } = decode(Welcome, welcomes.find((one) => one.connection === number)!.body);
    expect(resumed).toBe(true);
    return session.split("/")[0];
  });
  expect(new Set(names).size).toBe(2);
  const rest = messages.slice(at + 1).filter((message) => message.connection === connection);
  expect(rest.map(({ from, lost }) => [from, lost])).toEqual([["client", true]]);
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
