/**
 * One process of hostile connections: `flooder.ts ATTACK`. While it is switched on, its connections send what the attack says, read
 * what they are sent, and come back a moment after they were closed.
 */
import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";
import { serveParent, tellParent } from "../harness/children.ts";
import { attacks, firstFlooder, floodAddress } from "./attacks.ts";

export interface FloodSwitch {
  /** Port to flood; undefined: the flood is switched off. */
  readonly port?: number;
}

/** Work since the last switch. */
export interface FloodReport {
  readonly bytes: number;
  readonly connections: number;
  /** Processor time of the flooder, in ms. */
  readonly cpuMs: number;
}

const chunkBytes = 64 * 1024;
const comeBackMs = 20;
/** What is measured is how the gate shares its time, not how the system shares that of the machine. */
const politeness = 19;

const attack = attacks[process.argv[2] ?? ""];
if (attack === undefined) throw new Error(`usage: flooder.ts ${Object.keys(attacks).join("|")}`);
const { opening, repeated, bytesPerSecond = Infinity } = attack;
setPriority(politeness);
const times = repeated === undefined ? 0 : Math.max(1, Math.floor(chunkBytes / repeated.length));
const chunk = Buffer.concat(Array.from({ length: times }, () => repeated ?? Buffer.alloc(0)));

const sockets = new Set<Socket>();
/** Undefined: switched off. */
let port: number | undefined;
let bytes = 0;
let connections = 0;
let user = firstFlooder;

function flood(): void {
  if (port === undefined) return;
  const socket = connect({ host: "127.0.0.1", port, localAddress: floodAddress, noDelay: true });
  sockets.add(socket);
  const from = performance.now();
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
  const trickle = (): void => {
    if (port === undefined || socket.destroyed || !socket.writable) return;
    const due = Math.floor(((performance.now() - from) * bytesPerSecond) / 1_000 - sent);
    if (due > 0 && !socket.writableNeedDrain) send(due);
    setTimeout(trickle, bytesPerSecond < 1_000 ? 250 : 1);
  };
  socket.once("connect", () => {
    connections++;
    socket.write(opening(user++));
    if (chunk.length === 0) socket.once("data", () => socket.destroy());
    else if (bytesPerSecond < Infinity) trickle();
    else {
      socket.on("drain", pour);
      pour();
    }
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

let cpu = process.cpuUsage();
serveParent(async (wanted: FloodSwitch): Promise<FloodReport> => {
  port = wanted.port;
  if (port !== undefined) for (let n = 0; n < attack.connections; n++) flood();
  else for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 3 * comeBackMs));
  const { user: own, system } = process.cpuUsage(cpu);
  const report = { bytes, connections, cpuMs: Math.round((own + system) / 1_000) };
  cpu = process.cpuUsage();
  bytes = 0;
  connections = 0;
  return report;
});
tellParent({ ready: true });
