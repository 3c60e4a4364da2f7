import { once } from "node:events";
import { createServer } from "node:net";

/** Below what Linux gives to connections that go out (32,768 and up), and to whoever asks for port 0. */
const [lowest, highest] = [12_000, 31_999];
/** Files that are tested side by side look in different slices: a port is given before the program that is to have it listens. */
const sliceCount = 8;
const sliceSize = (highest - lowest + 1) / sliceCount;
const worker = Number(process.env["VITEST_POOL_ID"] ?? Math.floor(Math.random() * sliceCount));
const first = lowest + (worker % sliceCount) * sliceSize;
/** Next port of the slice to try. Ports are tried in order, so that none is given twice. */
let next = Math.floor(Math.random() * sliceSize);

/**
 * A port of loopback that nobody listens on, for a program that must be told one, and that may be started on it again. A
 * port of the system's own choice would be given to some connection between the look and the start.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + next;
    next = (next + 1) % sliceSize;
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
