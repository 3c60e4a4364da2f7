/**
 * The load generator of one side: `load.ts game|resume|cipher|raw PORT [GATE_KEY]`; "resume" is the game with sessions that can be resumed,
 * "cipher" the game over encrypted connections. Sends frames of the session protocol, keeps a number of them in
 * flight, and counts what comes back: one buffer is written for each chunk that is read, nothing is decoded, so that what is
 * measured is not the client.
 */

import { setTimeout as pause } from "node:timers/promises";
import { CipherSocket, encrypted } from "../game/frames/cipher-socket.ts";
import { dialFrames, type FrameSocket } from "../game/frames/socket.ts";
import { Stream } from "../game/frames/stream.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { type Percentiles, percentilesOf } from "../harness/percentiles.ts";

export interface LoadRequest {
  readonly over: "tcp" | "tls" | "websocket";
  readonly command: "echo" | "step";
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface LoadResult {
  /** Replies of the whole run. */
  readonly calls: number;
  readonly perSecond: number;
  /** Replies in one record; only of encrypted connections. */
  readonly perRecord?: number;
  /** Median time from a request to its reply, where that is timed; else 0. Microseconds. */
  readonly p50Us: number;
  /** Times from a request to its reply; only with one request in flight on each connection. Microseconds. */
  readonly latencyUs?: Percentiles;
}

const [side, port, gateKey = ""] = process.argv.slice(2);
if ((side !== "game" && side !== "resume" && side !== "cipher" && side !== "raw") || !port) {
  throw new Error("usage: load.ts game|resume|cipher|raw PORT [GATE_KEY]");
}
// Both kinds of sessions may be at one gate.
let users = side === "resume" || side === "cipher" ? 1_000_000 : 0;

async function run(load: LoadRequest): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load)));
  const streams = sockets.map(
    (socket) => new Stream(socket, load.command, side === "raw" ? "same" : "reply", side === "resume"),
  );
  if (side !== "raw") await Promise.all(streams.map((stream) => stream.join(BigInt(++users))));
  const timed = load.inFlight === 1;
  for (const stream of streams) stream.keep(load.inFlight, timed);
  await pause(load.warmUpMs);
  const from = performance.now();
  for (const stream of streams) stream.reset();
  await pause(load.measureMs);
  const ms = performance.now() - from;
  const done = streams.reduce((sum, stream) => sum + stream.done, 0);
  const latencyUs = timed ? percentilesOf(streams.flatMap((stream) => stream.timesUs())) : undefined;
  await Promise.all(streams.map((stream) => stream.finish()));
  for (const stream of streams) stream.close();
  const calls = streams.reduce((sum, stream) => sum + stream.calls, 0);
  const records = sockets.reduce(
    (sum, socket) => sum + (socket instanceof CipherSocket ? socket.received : 0),
    0,
  );
  return {
    calls,
    perSecond: (done * 1_000) / ms,
    p50Us: latencyUs ? latencyUs.p50 : 0,
    ...(latencyUs && { latencyUs }),
    ...(records > 0 && { perRecord: calls / records }),
  };
}

async function open({ over }: LoadRequest): Promise<FrameSocket> {
  const socket = await dialFrames(over, Number(port));
  return side === "cipher" ? encrypted(socket, Buffer.from(gateKey, "base64url")) : socket;
}

serveParent(run);
tellParent({ ready: true });
