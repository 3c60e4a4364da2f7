/**
 * One process of hostile connections: `flooder.ts KIND CONNECTIONS BYTES_PER_MS`. While it is switched on, each sends as fast
 * as it is read, but all together no more than that, reads what it is sent, and comes back a moment after it was thrown out.
 */
import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";
import { serveParent, tellParent } from "../bench/harness/children.ts";
import { floods } from "./kinds.ts";

export interface FloodSwitch {
  /** Where to; undefined: nowhere, the flood is switched off. */
  readonly port?: number;
}

/** What was done since the last switch. */
export interface FloodReport {
  /** Handed over to the system. */
  readonly bytes: number;
  /** Connections that were opened. */
  readonly connections: number;
}

const chunkBytes = 64 * 1024;
const comeBackMs = 20;
/** What is measured is how the gate shares its time out, not how the system shares the machine's. */
const politeness = 19;

const [kind = "", count = "1", most = "Infinity"] = process.argv.slice(2);
/** What one connection may send in a millisecond. */
const bytesPerMs = Number(most) / Number(count);
const flood = floods[kind];
if (flood === undefined)
  throw new Error(`usage: flooder.ts ${Object.keys(floods).join("|")} CONNECTIONS BYTES_PER_MS`);
const { webSocket, opening, repeated } = flood;
setPriority(politeness);

const chunk = Buffer.concat(Array.from({ length: Math.floor(chunkBytes / repeated.length) }, () => repeated));
const upgrade = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

const sockets = new Set<Socket>();
/** Undefined: switched off. */
let port: number | undefined;
let bytes = 0;
let connections = 0;

function attack(): void {
  if (port === undefined) return;
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  sockets.add(socket);
  let flowing = false;
  let from = 0;
  let sent = 0;
  /** Whole frames, cut anywhere. */
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
  /** Once in a millisecond, so that what comes back is read between two. */
  const trickle = (): void => {
    if (port === undefined || socket.destroyed || !socket.writable) return;
    const due = Math.floor((performance.now() - from) * bytesPerMs - sent);
    if (due > 0 && !socket.writableNeedDrain) send(due);
    setTimeout(trickle, 1);
  };
  const begin = (): void => {
    flowing = true;
    from = performance.now();
    if (opening.length > 0) socket.write(opening);
    if (bytesPerMs < Infinity) {
      trickle();
      return;
    }
    socket.on("drain", pour);
    pour();
  };
  socket.once("connect", () => {
    connections++;
    if (webSocket) socket.write(upgrade);
    else begin();
  });
  socket.on("data", () => {
    if (!flowing) begin();
  });
  socket.on("end", () => socket.destroy());
  socket.on("error", () => {});
  socket.once("close", () => {
    bytes += socket.bytesWritten - socket.writableLength;
    sockets.delete(socket);
    setTimeout(attack, comeBackMs);
  });
}

serveParent(async (wanted: FloodSwitch): Promise<FloodReport> => {
  port = wanted.port;
  if (port !== undefined) for (let n = 0; n < Number(count); n++) attack();
  else for (const socket of sockets) socket.destroy();
  // Connections that were destroyed are counted when they are gone.
  await new Promise((resolve) => setTimeout(resolve, 2 * comeBackMs));
  const report = { bytes, connections };
  bytes = 0;
  connections = 0;
  return report;
});
tellParent({ ready: true });
