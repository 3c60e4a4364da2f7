/**
 * The listeners of one side, and the one that tells: `load.ts game|resume|raw PORT [FIRST_USER]`. The next telling goes out when everybody has
 * heard the one before, so that nothing is put together into one write on either side.
 */
import { setTimeout as pause } from "node:timers/promises";
import {
  ackBytes,
  ackFrame,
  bodyAt,
  byeFrame,
  envelopeAt,
  opening,
  tellFrame,
  toldFrame,
} from "../game/frames/requests.ts";
import { dialFrames, type FrameSocket } from "../game/frames/socket.ts";
import { serveParent, tellParent } from "../harness/children.ts";

export interface PushRequest {
  readonly sessions: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface PushResult {
  /** Pushes that came, to all sessions together. */
  readonly calls: number;
  readonly perSecond: number;
}

const [side, port, firstUser] = process.argv.slice(2);
if ((side !== "game" && side !== "resume" && side !== "raw") || !port) {
  throw new Error("usage: load.ts game|resume|raw PORT [FIRST_USER]");
}
const canResume = side === "resume";
const dialedAtOnce = 100;
const tell = tellFrame();
const told = toldFrame();
const kindOfPush = told[envelopeAt];
/** Rounds in which the pushes are compared with what was told, byte for byte. */
const comparedRounds = 64;
const ackRounds = Math.floor(ackBytes / told.length);
// Both kinds of sessions may be at one gate.
let users = firstUser ? Number(firstUser) - 1 : side === "resume" ? 1_000_000 : 0;
/** How many were compared. */
let compared = 0;

/** Resolves when the reply to `join` is here: Welcome came before it. */
function join(socket: FrameSocket): Promise<void> {
  socket.write(opening(BigInt(++users), canResume), () => {});
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.onChunk = (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const second = bytes.length < envelopeAt ? 0 : 13 + bytes.readUInt32BE(9);
      if (second > 0 && bytes.length >= second + envelopeAt) resolve();
    };
  });
}

/** Resolves when the raw side has taken the connection. */
function greeted(socket: FrameSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.onChunk = () => resolve();
  });
}

/** Pushes of a session have the numbers 1, 2, and so on; the raw side always sends the same bytes. */
function compare(push: Uint8Array, number: number): void {
  const isSame = Buffer.compare(push.subarray(bodyAt), told.subarray(bodyAt)) === 0;
  if (!isSame) throw new Error("a push is not what was told");
  const found = Buffer.from(push.subarray(envelopeAt + 1, bodyAt)).readUInt32BE();
  if (side !== "raw" && found !== number)
    throw new Error(`push ${number} of a session has the number ${found}`);
  compared++;
}

async function run({ sessions, warmUpMs, measureMs }: PushRequest): Promise<PushResult> {
  const sockets: FrameSocket[] = [];
  while (sockets.length < sessions) {
    const some = Math.min(dialedAtOnce, sessions - sockets.length);
    const dialed = await Promise.all(Array.from({ length: some }, () => dialFrames("tcp", Number(port))));
    await Promise.all(dialed.map(side === "raw" ? greeted : join));
    sockets.push(...dialed);
  }
  let bytes = 0;
  let rounds = 0;
  let running = true;
  let finished = () => {};
  const say = () => sockets[0]!.write(tell, () => {});
  const onChunk = (chunk: Uint8Array): void => {
    if (chunk.length === told.length && chunk[envelopeAt] !== kindOfPush) throw new Error("not a push");
    if (rounds < comparedRounds && chunk.length === told.length) compare(chunk, rounds + 1);
    bytes += chunk.length;
    if (bytes < told.length * sessions) return;
    if (bytes > told.length * sessions) throw new Error("more than was told");
    bytes = 0;
    rounds++;
    // Every session has received 64 KiB since its last Ack.
    if (canResume && rounds % ackRounds === 0) {
      const ack = Buffer.from(ackFrame(rounds, 1));
      for (const socket of sockets) socket.write(ack, () => {});
    }
    if (running) say();
    else finished();
  };
  for (const socket of sockets) {
    socket.onChunk = onChunk;
    socket.onEnd = (why) => {
      throw new Error(`lost a connection: ${why}`);
    };
  }
  say();
  await pause(warmUpMs);
  const from = performance.now();
  const first = rounds;
  await pause(measureMs);
  const perSecond = ((rounds - first) * sessions * 1_000) / (performance.now() - from);
  await new Promise<void>((resolve) => {
    finished = resolve;
    running = false;
  });
  if (compared === 0) throw new Error("no push came in one piece");
  for (const socket of sockets) {
    socket.onEnd = () => {};
    if (canResume) socket.write(byeFrame(), () => socket.close());
    else socket.close();
  }
  return { calls: rounds * sessions, perSecond };
}

serveParent(run);
tellParent({ ready: true });
