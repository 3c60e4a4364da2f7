/**
 * Echo over WebSocket as users of each side would call it, by the client library that comes with it: `own-client.ts
 * photinus|colyseus PORT`.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as game from "../../game/fixtures/client/bench/game.service.ts";
import { connect } from "../../game/fixtures/client/index.ts";
import { serveParent, tellParent } from "../../harness/children.ts";
import { loadPeer } from "../../harness/peers.ts";
import type { LoadRequest, LoadResult } from "../load.ts";

/** Sends one message; `onEcho` is called when it is back. */
type SendOne = () => void;

interface ColyseusRoom {
  send(type: string, message: unknown): void;
  onMessage(type: string, listener: (message: Uint8Array) => void): void;
}

type ColyseusClient = new (url: string) => { joinOrCreate(name: string): Promise<ColyseusRoom> };

const [side, port] = process.argv.slice(2);
const payload = Uint8Array.from({ length: 64 }, (_, at) => at);
/** Echoes of a run whose bytes are compared with what was sent. */
const comparedCount = 1_024;
let onEcho = (_bytes: Uint8Array): void => {};

async function photinus(): Promise<SendOne> {
  const connection = await connect(`ws://127.0.0.1:${port}`);
  await game.join(connection, { user: 1_000_000n });
  const failed = (error: unknown) => {
    throw error;
  };
  return () => void game.echo(connection, payload).then((bytes) => onEcho(bytes), failed);
}

async function colyseus(): Promise<SendOne> {
  const { Client } = loadPeer<{ Client: ColyseusClient }>("@colyseus/sdk");
  const room: ColyseusRoom = await new Client(`ws://127.0.0.1:${port}`).joinOrCreate("echo");
  room.onMessage("echo", (bytes) => onEcho(bytes));
  return () => room.send("echo", payload);
}

const sendOne = await (side === "photinus" ? photinus() : colyseus());

async function run({ inFlight, warmUpMs, measureMs }: LoadRequest): Promise<LoadResult> {
  let done = 0;
  let calls = 0;
  let out = inFlight;
  let running = true;
  let finished = () => {};
  onEcho = (bytes) => {
    if (bytes.length !== payload.length) throw new Error("a wrong echo");
    if (calls < comparedCount && Buffer.compare(bytes, payload) !== 0) throw new Error("a wrong echo");
    done++;
    calls++;
    if (running) sendOne();
    else if (--out === 0) finished();
  };
  for (let n = 0; n < inFlight; n++) sendOne();
  await pause(warmUpMs);
  const from = performance.now();
  done = 0;
  await pause(measureMs);
  const perSecond = (done * 1_000) / (performance.now() - from);
  await new Promise<void>((resolve) => {
    finished = resolve;
    running = false;
  });
  return { calls, perSecond, p50Us: 0 };
}

serveParent(run);
tellParent({ ready: true });
