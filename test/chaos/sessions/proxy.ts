import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type Direction, type FaultPlan, noFaults, type Strike } from "./faults.ts";

/** Address that a proxy forwards to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A hostile network: forwards TCP connections to a target, each with the faults of its plan. TCP itself neither repeats nor reorders
 * bytes, so that a proxy of streams cannot: a loss is a prefix that arrives, and silence after it.
 */
export class HostileProxy {
  readonly #server: Server;
  readonly #target: Target;
  readonly #draw: () => FaultPlan;
  readonly #open = new Set<ProxiedConnection>();
  #calm = false;
  /** Number of strikes, by kind. */
  readonly struck = new Map<Strike, number>();

  private constructor(server: Server, target: Target, draw: () => FaultPlan) {
    this.#server = server;
    this.#target = target;
    this.#draw = draw;
    server.on("connection", (client) => this.#accept(client));
  }

  /** Listens on a free port of loopback. `draw` gives the plan of each connection, in order. */
  static async open(target: Target, draw: () => FaultPlan): Promise<HostileProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HostileProxy(server, target, draw);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Number of all strikes. */
  get cuts(): number {
    return [...this.struck.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ends all faults: struck connections are closed, open and later ones are forwarded as they are. */
  calm(): void {
    this.#calm = true;
    for (const connection of this.#open) connection.calm();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#open) connection.destroy();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(client, server, this.#calm ? noFaults : this.#draw(), {
      onStrike: (strike) => this.struck.set(strike, (this.struck.get(strike) ?? 0) + 1),
      onGone: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
    connection.start();
  }
}

interface ConnectionEvents {
  onStrike(strike: Strike): void;
  onGone(): void;
}

/** One connection through the proxy. */
class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #events: ConnectionEvents;
  #plan: FaultPlan;
  #strike: Strike | undefined;

  constructor(client: Socket, server: Socket, plan: FaultPlan, events: ConnectionEvents) {
    this.#client = client;
    this.#server = server;
    this.#plan = plan;
    this.#events = events;
  }

  start(): void {
    void this.#pump("up", this.#client, this.#server);
    void this.#pump("down", this.#server, this.#client);
    const onClose = (): void => {
      if (this.#client.closed && this.#server.closed) this.#events.onGone();
    };
    this.#client.once("close", onClose);
    this.#server.once("close", onClose);
  }

  calm(): void {
    this.#plan = noFaults;
    if (this.#strike !== undefined) this.destroy();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  /** Forwards one direction until its end. */
  async #pump(direction: Direction, from: Socket, to: Socket): Promise<void> {
    // An error of the receiver is found by its sender, whose pump ends.
    to.on("error", () => {});
    let passed = 0;
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (this.#plan.delayMs > 0) await sleep(this.#plan.delayMs);
        passed = await this.#pass(direction, chunk, passed, to);
      }
      if (!this.#swallows(direction)) to.end();
    } catch {
      if (!this.#swallows(direction)) to.destroy();
    }
  }

  /** Forwards a chunk. Returns the number of bytes of this direction so far. */
  async #pass(direction: Direction, chunk: Buffer, before: number, to: Socket): Promise<number> {
    let passed = before;
    let rest = chunk;
    while (rest.length > 0 && !this.#swallows(direction)) {
      const { strike, direction: at, afterBytes, trickleBytes } = this.#plan;
      const isStruck = strike !== undefined && this.#strike === undefined && at === direction;
      if (isStruck && passed >= afterBytes) {
        this.#hit(strike);
        continue;
      }
      const most = isStruck ? afterBytes - passed : rest.length;
      const size = Math.min(passed < trickleBytes ? 1 : most, rest.length);
      const fits = to.write(rest.subarray(0, size));
      rest = rest.subarray(size);
      passed += size;
      if (passed < trickleBytes) await nextTurn();
      else if (!fits) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    return passed;
  }

  #hit(strike: Strike): void {
    this.#strike = strike;
    this.#events.onStrike(strike);
    if (strike === "cut") this.destroy();
    else if (strike === "reset") {
      this.#client.resetAndDestroy();
      this.#server.resetAndDestroy();
    } else if (strike === "client-closed") this.#client.destroy();
    else if (strike === "server-closed") this.#server.destroy();
  }

  /** Returns whether bytes, and the end, of a direction vanish. */
  #swallows(direction: Direction): boolean {
    const strike = this.#strike;
    if (strike === undefined) return false;
    return (
      !(strike === "silent-up" && direction === "down") && !(strike === "silent-down" && direction === "up")
    );
  }
}
