import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type Aim, type Direction, type FaultPlan, noFaults, type Strike } from "./faults.ts";
import { OpeningAgain } from "./opening-again.ts";
import { type Place, PlaceMap, placeAt, type Segment, SentMessages } from "./places.ts";

/** Address that a proxy forwards to. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * A hostile network: forwards TCP connections to a target, each with the faults of its plan. TCP itself neither repeats nor reorders
 * bytes inside of a connection, so that a proxy of streams cannot: a loss is a prefix that arrives, and silence after it; a duplicate is
 * an opening that arrives again, late, over a connection of its own.
 */
export class HostileProxy {
  readonly #server: Server;
  readonly #target: Target;
  readonly #draw: () => FaultPlan;
  readonly #open = new Set<ProxiedConnection>();
  readonly #again = new Set<OpeningAgain>();
  readonly #sent = new SentMessages();
  #calm = false;
  /** Number of strikes, by kind. */
  readonly struck = new Map<Strike, number>();
  /** Number of strikes, by what they fell into. */
  readonly fell = new Map<Place, number>();

  private constructor(server: Server, target: Target, draw: () => FaultPlan) {
    this.#server = server;
    this.#target = target;
    this.#draw = draw;
    server.on("connection", (client) => this.#accept(client));
  }

  /** Listens on a free port of loopback, for one client. `draw` gives the plan of each connection, in order. */
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

  /** Number of openings that arrived again. */
  duplicates = 0;

  /** Ends all faults: struck connections are closed, open and later ones are forwarded as they are. */
  calm(): void {
    this.#calm = true;
    for (const connection of this.#open) connection.calm();
    for (const again of this.#again) again.end();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#open) connection.destroy();
    for (const again of this.#again) again.end();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const plan = this.#calm ? noFaults : this.#draw();
    const connection = new ProxiedConnection(client, server, plan, new PlaceMap(this.#sent), {
      onStrike: (strike, place) => {
        this.struck.set(strike, (this.struck.get(strike) ?? 0) + 1);
        this.fell.set(place, (this.fell.get(place) ?? 0) + 1);
      },
      onOpening: (bytes, afterMs) => this.#repeat(bytes, afterMs),
      onGone: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
    connection.start();
  }

  #repeat(bytes: Uint8Array, afterMs: number): void {
    if (this.#calm) return;
    const again = new OpeningAgain(this.#target, bytes, afterMs, () => this.#again.delete(again));
    this.#again.add(again);
    this.duplicates++;
  }
}

interface ConnectionEvents {
  /** Called with the bytes of an opening that arrive again. */
  onOpening(bytes: Uint8Array, afterMs: number): void;
  onStrike(strike: Strike, place: Place): void;
  onGone(): void;
}

/** One connection through the proxy. */
class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #events: ConnectionEvents;
  readonly #places: PlaceMap;
  #plan: FaultPlan;
  #strike: Strike | undefined;
  /** Messages of the aimed place that have passed. */
  #skipped = 0;
  #late: NodeJS.Timeout | undefined;

  constructor(client: Socket, server: Socket, plan: FaultPlan, places: PlaceMap, events: ConnectionEvents) {
    this.#client = client;
    this.#server = server;
    this.#plan = plan;
    this.#places = places;
    this.#events = events;
  }

  start(): void {
    const { strike, afterMs } = this.#plan;
    if (strike !== undefined && afterMs !== undefined) {
      this.#late = setTimeout(() => this.#hit(strike, "load"), afterMs);
    }
    void this.#pump("up", this.#client, this.#server);
    void this.#pump("down", this.#server, this.#client);
    const onClose = (): void => {
      clearTimeout(this.#late);
      if (this.#client.closed && this.#server.closed) this.#events.onGone();
    };
    this.#client.once("close", onClose);
    this.#server.once("close", onClose);
  }

  calm(): void {
    this.#plan = noFaults;
    clearTimeout(this.#late);
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
    const segments = this.#places.read(direction, chunk);
    this.#repeatOpening(direction, before, chunk, segments);
    const aimed = this.#aimed(segments);
    while (rest.length > 0 && !this.#swallows(direction)) {
      const { strike, direction: of, afterBytes, trickleBytes } = this.#plan;
      const isOver = strike === undefined || this.#strike !== undefined;
      const strikeAt = isOver ? Infinity : Math.min(before + aimed, of === direction ? afterBytes : Infinity);
      if (strike !== undefined && passed >= strikeAt) {
        this.#hit(strike, placeAt(segments, passed - before));
        continue;
      }
      const most = strikeAt - passed;
      const size = Math.min(passed < trickleBytes ? 1 : most, rest.length);
      const fits = to.write(rest.subarray(0, size));
      rest = rest.subarray(size);
      passed += size;
      if (passed < trickleBytes) await nextTurn();
      else if (!fits) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    return passed;
  }

  /** Repeats a Hello that is one chunk over TCP. */
  #repeatOpening(
    direction: Direction,
    before: number,
    chunk: Uint8Array,
    segments: readonly Segment[],
  ): void {
    const { againAfterMs } = this.#plan;
    if (againAfterMs === undefined || direction !== "up" || before > 0) return;
    if (segments.some(({ place, start }) => place === "hello" && start === 0)) {
      this.#events.onOpening(new Uint8Array(chunk), againAfterMs);
    }
  }

  /** Returns the byte of the chunk inside of an aimed message that the strike comes before; Infinity without one. */
  #aimed(segments: readonly Segment[]): number {
    const { aim } = this.#plan;
    if (aim === undefined) return Infinity;
    const at = insideOf(aim, segments, this.#skipped);
    this.#skipped += segments.filter(({ place }) => place === aim.place).length;
    return at;
  }

  #hit(strike: Strike, place: Place): void {
    if (this.#strike !== undefined) return;
    clearTimeout(this.#late);
    this.#strike = strike;
    this.#events.onStrike(strike, place);
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

/** Returns a byte inside of the first aimed message that is longer than one byte, after `skipped` ones; Infinity without one. */
function insideOf({ place, skip, share }: Aim, segments: readonly Segment[], skipped: number): number {
  let count = skipped;
  for (const segment of segments) {
    if (segment.place !== place || count++ < skip) continue;
    const first = Math.max(segment.start, 0) + 1;
    if (first < segment.end) return first + Math.floor(share * (segment.end - first));
  }
  return Infinity;
}
