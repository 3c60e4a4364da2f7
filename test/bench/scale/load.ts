/**
 * The clients of one size: `load.ts PORT COUNT`. Sends messages at a fixed rate: commands from one client after the other, or bytes
 * which a group of all clients gets. Each message comes alone, as players send them, so that it is not put together with others.
 */
import { setTimeout as pause } from "node:timers/promises";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { listenForFrames } from "../game/frames/answers.ts";
import { Crowd } from "../game/frames/crowd.ts";
import { payloads, requestFrame, tellFrame } from "../game/frames/requests.ts";
import { serveParent, tellParent } from "../harness/children.ts";

/** "stop" waits until what was sent has come. */
export type ScaleQuestion = { readonly send: "echo" | "tell"; readonly perSecond: number } | "tell" | "stop";

export interface ScaleAnswer {
  /** Messages sent. */
  readonly sent: number;
  /** Answers, or pushes to all members together, that have come. */
  readonly received: number;
}

const lanes = 64;
/** Longest wait for what is on its way. */
const drainMs = 20_000;

const [port, count] = process.argv.slice(2).map(Number);
if (!port || !count) throw new Error("usage: load.ts PORT COUNT");
const crowd = new Crowd("tcp", port, "game", false);
await crowd.grow(count, lanes);
crowd.keepAlive();

let sent = 0;
let received = 0;
let expected = 0;
let timer: NodeJS.Timeout | undefined;
for (const socket of crowd.sockets) {
  listenForFrames(socket, (of, _sequence, body) => {
    if (of === kind.error) throw new Error("a command was refused");
    if (of !== kind.reply && of !== kind.push) return;
    if (Buffer.compare(body, payloads.echo) !== 0) throw new Error("a message is not what was sent");
    received++;
  });
}

function send(what: "echo" | "tell", perSecond: number): void {
  const from = performance.now();
  const tell = tellFrame();
  let begun = 0;
  const go = () => {
    for (; begun * 1_000 < (performance.now() - from) * perSecond; begun++) {
      const socket = crowd.sockets[sent % count!]!;
      // The sequence numbers of one client count up.
      const frame = what === "tell" ? tell : requestFrame("echo", 2 + Math.floor(sent / count!));
      socket.write(frame, () => {});
      sent++;
      expected += what === "tell" ? count! : 1;
    }
  };
  timer = setInterval(go, 1);
}

async function stop(): Promise<void> {
  clearInterval(timer);
  const until = performance.now() + drainMs;
  while (received < expected && performance.now() < until) await pause(10);
  if (received !== expected) throw new Error(`${received} of ${expected} messages have come`);
}

serveParent<ScaleQuestion>(async (question) => {
  if (question === "stop") await stop();
  else if (question !== "tell") send(question.send, question.perSecond);
  return { sent, received } satisfies ScaleAnswer;
});
tellParent({ ready: true });
