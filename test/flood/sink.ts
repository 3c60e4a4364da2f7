/**
 * Where the flood of the control goes: a process that reads and throws away, and serves nobody. It takes as much as the gate
 * took, of each connection and in each second, so that the machine has as much to carry.
 */
import { createServer, type Socket } from "node:net";
import { serveParent, tellParent } from "../bench/harness/children.ts";

/** What the sink takes. */
export interface SinkPace {
  readonly bytesPerMs: number;
  /** A connection of which so much was read is closed. */
  readonly bytesPerConnection: number;
}

let pace: SinkPace = { bytesPerMs: Infinity, bytesPerConnection: Infinity };
let from = performance.now();
let taken = 0;

/** Milliseconds until the pace allows more. */
function early(): number {
  return taken / pace.bytesPerMs - (performance.now() - from);
}

function drain(socket: Socket): void {
  let left = pace.bytesPerConnection;
  // A flooder that speaks WebSocket begins when it is answered.
  socket.write("\n");
  socket.on("data", (chunk) => {
    taken += chunk.length;
    left -= chunk.length;
    if (left <= 0) socket.destroy();
    else if (early() > 1) {
      socket.pause();
      setTimeout(() => socket.resume(), early());
    }
  });
  socket.on("error", () => {});
}

const server = createServer(drain);
await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
const address = server.address();
if (address === null || typeof address === "string") throw new Error("the sink is not listening");

serveParent(async (wanted: SinkPace) => {
  pace = wanted;
  from = performance.now();
  taken = 0;
  return {};
});
tellParent({ port: address.port });
