/**
 * One process of hostile connections: `flooder.ts KIND PORT CONNECTIONS`. While it is switched on, each sends as fast as it is
 * read, reads what it is sent, and comes back a moment after it was thrown out.
 */
import { connect, type Socket } from "node:net";
import { setPriority } from "node:os";
import { serveParent, tellParent } from "../bench/harness/children.ts";
import { floods } from "./kinds.ts";

export interface FloodSwitch {
  readonly on: boolean;
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

const [kind = "", port = "", count = "1"] = process.argv.slice(2);
const flood = floods[kind];
if (flood === undefined)
  throw new Error(`usage: flooder.ts ${Object.keys(floods).join("|")} PORT CONNECTIONS`);
const { webSocket, opening, repeated } = flood;
setPriority(politeness);

const chunk = Buffer.concat(Array.from({ length: Math.floor(chunkBytes / repeated.length) }, () => repeated));
const upgrade = [
  "GET / HTTP/1.1",
  `Host: 127.0.0.1:${port}`,
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

const sockets = new Set<Socket>();
let on = false;
let bytes = 0;
let connections = 0;

function attack(): void {
  if (!on) return;
  const socket = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  sockets.add(socket);
  let flowing = false;
  const pour = (): void => {
    while (on && !socket.destroyed && socket.writable && socket.write(chunk)) {
      // The system takes more.
    }
  };
  const begin = (): void => {
    flowing = true;
    if (opening.length > 0) socket.write(opening);
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
  on = wanted.on;
  if (on) for (let n = 0; n < Number(count); n++) attack();
  else for (const socket of sockets) socket.destroy();
  // Connections that were destroyed are counted when they are gone.
  await new Promise((resolve) => setTimeout(resolve, 2 * comeBackMs));
  const report = { bytes, connections };
  bytes = 0;
  connections = 0;
  return report;
});
tellParent({ ready: true });
