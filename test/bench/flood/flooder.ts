/**
 * One process of hostile connections: `flooder.ts ATTACK [--connections N] [--address A] [--pace BYTES_PER_SECOND]`. While it is
 * switched on, its connections send what the attack says, read what they are sent, and come back a moment after they were closed.
 */
import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";
import { parseArgs } from "node:util";
import { upgrade } from "../../setup/frames.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { attacks, firstFlooder, smallFrames } from "./attacks.ts";

export interface FloodSwitch {
  /** Port to flood; undefined: the flood is switched off. */
  readonly port?: number;
}

/** Work since the last switch. */
export interface FloodReport {
  /** Bytes that the system has taken. */
  readonly bytes: number;
  /** Connections that were opened. */
  readonly connections: number;
}

const chunkBytes = 64 * 1024;
const comeBackMs = 20;
const longestTickMs = 250;
/** What is measured is how the gate shares its time, not how the system shares that of the machine. */
const politeness = 19;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Connections at a time; default: the attack's. */
    connections: { type: "string" },
    /** Address from which they come; default: the system's choice. */
    address: { type: "string" },
    /** Most bytes of all connections in a second; default: the attack's. */
    pace: { type: "string" },
  },
});
const attack = { ...attacks, ...smallFrames }[positionals[0] ?? ""];
if (attack === undefined)
  throw new Error(`usage: flooder.ts ${Object.keys({ ...attacks, ...smallFrames }).join("|")}`);
const { webSocket, opening, repeated = new Uint8Array(0) } = attack;
const count = Number(values.connections ?? attack.connections ?? 1);
const pace = values.pace === undefined ? undefined : Number(values.pace) / count;
const bytesPerMs = (pace ?? attack.bytesPerSecond ?? Infinity) / 1_000;
/** At least twice for each byte of a connection. */
const tickMs = Math.min(longestTickMs, Math.max(1, 1 / bytesPerMs / 2));
setPriority(politeness);
const times = Math.max(1, Math.floor(chunkBytes / repeated.length));
const chunk = repeated.length === 0 ? repeated : Buffer.concat(Array.from({ length: times }, () => repeated));

const sockets = new Set<Socket>();
/** Undefined: switched off. */
let port: number | undefined;
let bytes = 0;
let connections = 0;
let user = firstFlooder;

function flood(): void {
  if (port === undefined) return;
  const { address: localAddress } = values;
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, ...(localAddress && { localAddress }) });
  sockets.add(socket);
  let from = 0;
  let sent = 0;
  /** Sends whole frames, cut anywhere. */
  const send = (size: number): boolean => {
    const at = sent % chunk.length;
    const part = chunk.subarray(at, at + size);
    sent += part.length;
    return socket.write(part);
  };
  const pour = (): void => {
    while (port !== undefined && !socket.destroyed && socket.writable && send(chunk.length)) {
      // The system takes more.
    }
  };
  /** Sends a part of a chunk in each tick, so that what comes back is read between two. */
  const trickle = (): void => {
    if (port === undefined || socket.destroyed || !socket.writable) return;
    const due = Math.floor((performance.now() - from) * bytesPerMs - sent);
    if (due > 0 && !socket.writableNeedDrain) send(due);
    setTimeout(trickle, tickMs);
  };
  const begin = (): void => {
    from = performance.now();
    if (opening !== undefined) socket.write(opening(user++));
    if (chunk.length === 0) socket.once("data", () => socket.destroy());
    else if (bytesPerMs < Infinity) trickle();
    else {
      socket.on("drain", pour);
      pour();
    }
  };
  socket.once("connect", () => {
    connections++;
    if (!webSocket) return begin();
    socket.write(upgrade);
    socket.once("data", begin);
  });
  socket.on("data", () => {});
  socket.on("end", () => socket.destroy());
  socket.on("error", () => {});
  socket.once("close", () => {
    bytes += socket.bytesWritten - socket.writableLength;
    sockets.delete(socket);
    setTimeout(flood, comeBackMs);
  });
}

serveParent(async (wanted: FloodSwitch): Promise<FloodReport> => {
  port = wanted.port;
  if (port !== undefined) for (let n = 0; n < count; n++) flood();
  else for (const socket of sockets) socket.destroy();
  // Connections that were destroyed are counted when they are gone.
  await new Promise((resolve) => setTimeout(resolve, 2 * comeBackMs));
  const report = { bytes, connections };
  bytes = 0;
  connections = 0;
  return report;
});
tellParent({ ready: true });
