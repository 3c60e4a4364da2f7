/**
 * The bytes of a game on bare `ws`: `bare.ts loop|each TICK_MS`. "loop" is the ceiling: it keeps the last move of each player, and once a
 * tick it sends those of a scene as one message, which is encoded and framed once, to each member. "each" sends each move to each other
 * member in a message and a write of its own. Lines are sent at once.
 */
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { serveParent, tellParent } from "../../harness/children.ts";
import { bareKind, placeBytes } from "../bare-format.ts";

/** As much of a WebSocket as is used. */
interface Client {
  on(event: "message", listener: (data: Buffer) => void): unknown;
  on(event: "close" | "error", listener: () => void): unknown;
  send(bytes: Uint8Array, options: { readonly binary: true }): void;
}

interface Member {
  readonly client: Client;
  /** The socket below. */
  readonly socket: Socket;
  /** The last move that has not been sent. */
  moved: Buffer | undefined;
}

const [way, tick] = process.argv.slice(2);
const tickMs = Number(tick);
const scenes = new Map<number, Set<Member>>();

/** Head and payload in one buffer, so that a member costs one write and no copy. */
function framed(moves: readonly Buffer[]): Buffer {
  const size = 1 + moves.length * placeBytes;
  const head = size < 126 ? Buffer.from([0x82, size]) : Buffer.from([0x82, 126, size >>> 8, size & 255]);
  return Buffer.concat([head, Buffer.from([bareKind.move]), ...moves]);
}

function sendTick(scene: ReadonlySet<Member>): void {
  const moves: Buffer[] = [];
  for (const member of scene) {
    if (member.moved === undefined) continue;
    moves.push(member.moved);
    member.moved = undefined;
  }
  if (moves.length === 0) return;
  const bytes = framed(moves);
  for (const { socket } of scene) socket.write(bytes);
}

function sceneOf(number: number): Set<Member> {
  let scene = scenes.get(number);
  if (scene === undefined) {
    scene = new Set();
    scenes.set(number, scene);
    const made = scene;
    if (way === "loop") setInterval(() => sendTick(made), tickMs);
  }
  return scene;
}

function onClient(client: Client, socket: Socket): void {
  let scene: Set<Member> | undefined;
  const self: Member = { client, socket, moved: undefined };
  client.on("message", (data) => {
    if (data[0] === bareKind.enter) {
      scene = sceneOf(data.readUInt32LE(1));
      scene.add(self);
      client.send(data, { binary: true });
    } else if (data[0] === bareKind.line) {
      for (const member of scene ?? []) member.client.send(data, { binary: true });
    } else if (way === "loop") {
      self.moved = data.subarray(1);
    } else {
      for (const member of scene ?? []) if (member !== self) member.client.send(data, { binary: true });
    }
  });
  client.on("error", () => {});
  client.on("close", () => scene?.delete(self));
}

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 4_096 });
server.on("connection", (client, { socket }) => {
  socket.setNoDelay(true);
  onClient(client as unknown as Client, socket);
});
server.on("listening", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  serveParent(async () => ({}));
  tellParent({ port: address.port });
});
