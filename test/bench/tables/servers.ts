import { connect } from "node:net";
import { freePort } from "../../setup/free-port.ts";
import { startMariaDb } from "../../setup/servers/mariadb.ts";
import { ServerProgram } from "../../setup/servers/program.ts";
import { startRedis } from "../../setup/servers/redis.ts";
import type { Places } from "./stores.ts";

export interface Servers extends AsyncDisposable {
  readonly places: Places;
  /** Process id of Redis. */
  readonly redis: { readonly pid: number };
}

/** A MariaDB and a Redis of the run's own: Redis without a file, MariaDB with a sync for each commit. */
export async function startServers(): Promise<Servers> {
  const redis = await startRedis();
  const maria = await startMariaDb();
  const database = await maria.createDatabase();
  return {
    places: { mysqlUrl: database.url, redisUrl: redis.url },
    redis: { pid: redis.program.pid },
    async [Symbol.asyncDispose]() {
      await Promise.all([redis[Symbol.asyncDispose](), maria[Symbol.asyncDispose]()]);
    },
  };
}

/** Starts a memcached; undefined when there is none on this machine. */
export async function startMemcached(): Promise<(AsyncDisposable & { readonly place: string }) | undefined> {
  const port = await freePort();
  const place = `127.0.0.1:${port}`;
  const user = process.getuid?.() === 0 ? ["-u", "root"] : [];
  const program = new ServerProgram(
    "memcached",
    "memcached",
    () => ["-l", "127.0.0.1", "-p", String(port), "-U", "0", "-m", "256", ...user],
    () => isOpen(port),
  );
  try {
    await program.start();
  } catch (error) {
    console.log(`without memcached: ${(error as Error).message.split("\n").slice(-1)[0]}`);
    return undefined;
  }
  return { place, [Symbol.asyncDispose]: () => program.stop() };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
