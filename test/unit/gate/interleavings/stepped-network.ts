import { memoryPair } from "../../../../runtime/transport/memory.ts";
import type { Transport } from "../../../../runtime/transport/transport.ts";

/** Direction of bytes: to the server that has accepted the connection, or to the side that has dialled it. */
export type Direction = "up" | "down";

/** Returns whether a queue may move. */
export type QueueFilter = (wire: Wire, direction: Direction) => boolean;

type Item = { readonly what: "open" | "end" } | { readonly what: "bytes"; readonly bytes: Uint8Array };

/** Hears what happens at the server's end of a connection, in the order in which the server sees it. */
export interface WireWatcher {
  /** Bytes that the server receives next. */
  onUp?(wire: Wire, bytes: Uint8Array): void;
  /** Bytes that the server has sent. */
  onDown?(wire: Wire, bytes: Uint8Array): void;
  /** The server's end is gone. */
  onServerClosed?(wire: Wire): void;
}

/** Turns of the event loop in which everything that a step has begun is done. */
const settleTurns = 6;

/** Lets everything happen that needs no step of a network. */
export async function settle(turns = settleTurns): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * A network in memory on which nothing moves by itself. Each connection has two queues; a step delivers the next item of one queue: the
 * opening, a part of the bytes, or the end. So bytes, closes and openings of several connections arrive in any order, while those of
 * one connection keep theirs, as with TCP.
 */
export class SteppedNetwork {
  readonly wires: Wire[] = [];
  readonly random: () => number;
  readonly #servers = new Map<string, { accept: (transport: Transport) => void; watcher: WireWatcher }>();

  constructor(random: () => number) {
    this.random = random;
  }

  /** Serves connections to an address. */
  listen(address: string, accept: (transport: Transport) => void, watcher: WireWatcher = {}): void {
    this.#servers.set(address, { accept, watcher });
  }

  /** Opens a connection. The server accepts it in a later step. */
  dial(address: string): Wire {
    const server = this.#servers.get(address);
    if (server === undefined) throw new Error(`nobody listens at ${address}`);
    const wire = new Wire(`${address}#${this.wires.length + 1}`, server.accept, server.watcher);
    this.wires.push(wire);
    return wire;
  }

  /** A whole number from 0 to below a limit. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  /** Delivers all that is under way, and what comes of it, where the filter allows. */
  async drain(filter?: QueueFilter): Promise<void> {
    await settle();
    while (await this.deliver(filter));
  }

  /** Delivers the next item of a queue that chance picks. Returns false when all allowed queues are empty. */
  async deliver(filter: QueueFilter = () => true): Promise<boolean> {
    const waiting = this.wires.flatMap((wire) =>
      (["up", "down"] as const)
        .filter((of) => wire.waits(of) && filter(wire, of))
        .map((of) => [wire, of] as const),
    );
    const picked = this.pick(waiting);
    if (picked === undefined) return false;
    const [wire, direction] = picked;
    // Most chunks arrive whole; some are split anywhere.
    wire.deliver(direction, this.random() < 0.8 ? 1 : this.random());
    await settle();
    return true;
  }
}

/** One connection. */
export class Wire {
  readonly name: string;
  /** The end of the side that has dialled. */
  readonly end: Transport;
  readonly #near: Transport;
  readonly #accept: (transport: Transport) => void;
  readonly #watcher: WireWatcher;
  #far: Transport | undefined;
  readonly #queues: Readonly<Record<Direction, Item[]>> = { up: [{ what: "open" }], down: [] };
  /** True once bytes to the server are lost. */
  #isLossy = false;
  #nearClosed = false;
  #farClosed = false;

  constructor(name: string, accept: (transport: Transport) => void, watcher: WireWatcher) {
    this.name = name;
    this.#accept = accept;
    this.#watcher = watcher;
    const [end, near] = memoryPair({ names: [`${name}:1`, `${name}:2`] });
    this.end = end;
    this.#near = near;
    near.start({
      onData: (chunk) => {
        if (!this.#isLossy && !this.#farClosed) this.#queues.up.push({ what: "bytes", bytes: chunk.slice() });
      },
      onDrain() {},
      onClose: () => {
        this.#nearClosed = true;
        this.#queues.down.length = 0;
        if (!this.#farClosed) this.#queues.up.push({ what: "end" });
      },
    });
  }

  /** True once the side that has dialled knows of the end. */
  get over(): boolean {
    return this.#nearClosed;
  }

  waits(direction: Direction): boolean {
    return this.#queues[direction].length > 0;
  }

  /**
   * Cuts the connection. The side that has dialled knows at once, the server when the end arrives.
   *
   * @param loses whether bytes on their way to the server are lost
   */
  cut(loses: boolean): void {
    if (this.#nearClosed) return;
    this.#isLossy ||= loses;
    if (loses) this.#queues.up.length = 0;
    if (loses && this.#far === undefined) this.#farClosed = true;
    this.#near.destroy("the network cut the connection");
  }

  /** Delivers the next item, or this share of its bytes. */
  deliver(direction: Direction, share: number): void {
    const queue = this.#queues[direction];
    const item = queue.shift();
    if (item?.what === "open") this.#open();
    else if (item?.what === "end")
      (direction === "up" ? this.#far : this.#near)?.destroy("the peer has closed");
    else if (item?.what === "bytes") {
      const size = Math.max(1, Math.floor(item.bytes.length * share));
      const part = item.bytes.subarray(0, size);
      if (size < item.bytes.length) queue.unshift({ what: "bytes", bytes: item.bytes.subarray(size) });
      if (direction === "up") this.#watcher.onUp?.(this, part);
      const to = direction === "up" ? this.#far : this.#near;
      to?.output.append(part);
      to?.flushNow();
    }
  }

  #open(): void {
    const [far, served] = memoryPair({ names: [`${this.name}:3`, `${this.name}:4`] });
    this.#far = far;
    far.start({
      onData: (chunk) => {
        this.#watcher.onDown?.(this, chunk);
        if (!this.#nearClosed) this.#queues.down.push({ what: "bytes", bytes: chunk.slice() });
      },
      onDrain() {},
      onClose: () => {
        this.#farClosed = true;
        this.#queues.up.length = 0;
        if (!this.#nearClosed) this.#queues.down.push({ what: "end" });
        this.#watcher.onServerClosed?.(this);
      },
    });
    this.#accept(served);
  }
}
