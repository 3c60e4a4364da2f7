/**
 * The ceiling of a two-hop relay in Node: finds each frame's end, remembers whom it came from, writes it to the node behind
 * in one write for each tick, and back. No policy, no sessions, no envelope of its own.
 */
import { connect, createServer, type Socket } from "node:net";

const headerBytes = 17;
const bufferBytes = 1 << 17;
const [nodePort] = process.argv.slice(2).map(Number);
if (!nodePort) throw new Error("usage: raw-proxy NODE_PORT");

/** Collects the frames of one tick for one socket; a buffer is used again when its write has finished. */
class Output {
  readonly #spare: Buffer[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #length = 0;
  #scheduled = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  frame(chunk: Buffer, start: number, end: number): void {
    if (this.#length + end - start > bufferBytes) this.#flush();
    chunk.copy(this.#buffer, this.#length, start, end);
    this.#length += end - start;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#length === 0) return;
    const written = this.#buffer;
    this.#socket.write(written.subarray(0, this.#length), () => this.#spare.push(written));
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    this.#length = 0;
  }
}

/** Calls back for every whole frame, in whatever pieces the bytes come. */
function onFrames(socket: Socket, each: (chunk: Buffer, start: number, end: number) => void): void {
  let rest: Buffer | undefined;
  socket.on("data", (data: Buffer) => {
    const chunk = rest ? Buffer.concat([rest, data]) : data;
    let at = 0;
    while (chunk.length - at >= headerBytes) {
      const end = at + 13 + chunk.readUInt32BE(at + 9);
      if (end > chunk.length) break;
      each(chunk, at, end);
      at = end;
    }
    rest = at < chunk.length ? chunk.subarray(at) : undefined;
  });
  socket.on("error", () => socket.destroy());
}

const node = connect(nodePort, "127.0.0.1");
node.setNoDelay(true);
const toNode = new Output(node);
const clients: Output[] = [];
/** Clients of the frames that are out, oldest first: the node answers in order. */
const waiting: number[] = [];
let oldest = 0;

onFrames(node, (chunk, start, end) => {
  clients[waiting[oldest++]!]!.frame(chunk, start, end);
  if (oldest > 65_536) {
    waiting.splice(0, oldest);
    oldest = 0;
  }
});

const server = createServer((socket) => {
  socket.setNoDelay(true);
  const index = clients.push(new Output(socket)) - 1;
  onFrames(socket, (chunk, start, end) => {
    waiting.push(index);
    toNode.frame(chunk, start, end);
  });
});
process.once("disconnect", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  process.send?.({ port: address.port });
});
