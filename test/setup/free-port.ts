import { once } from "node:events";
import { createServer } from "node:net";

/** Below what Linux gives to connections that go out (32,768 and up), and to whoever asks for port 0. */
const [lowest, highest] = [12_000, 31_999];

/**
 * A port of loopback that nobody listens on, for a program that must be told one, and that may be started on it again. A
 * port of the system's own choice would be given to some connection between the look and the start.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
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
