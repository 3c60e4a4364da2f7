import type { Deadlines } from "../../clock/deadlines.ts";
import { newBuckets, type RateLimit } from "../../clock/rate-limit.ts";
import type { Counters } from "../../log/counters.ts";
import {
  type CipherServer,
  cipherPreamble,
  cipherVersion,
  mayBeginCipher,
  preambleBytes,
} from "../../wire/cipher/cipher.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import type { AcceptedTransport, Transport, TransportHandler } from "../transport.ts";
import type { TransportBuffers } from "../transport-buffers.ts";
import { CipherTransport, type FlushTimer, type IllegalRecord } from "./cipher-transport.ts";
import { HandshakeBytes } from "./handshake-bytes.ts";

/** Most handshakes that wait for their turn, of complete messages. Further ones are refused. */
const maxQueued = 4_096;
/** Handshakes of one turn of the event loop: each takes about 0.2 ms. */
const handshakesPerTurn = 2;

/**
 * Reason why a connection ends at the door.
 * - `cipher-silent`: no complete first message in time
 * - `cipher-plain`: no encryption, which the port requires
 * - `cipher-unknown`: another version, or a cipher that the port does not have
 * - `cipher-handshake`: a message that does not verify, or is followed by further bytes
 * - `cipher-overload`: too many handshakes at a time
 */
export type CipherRefusal =
  | "cipher-silent"
  | "cipher-plain"
  | "cipher-unknown"
  | "cipher-handshake"
  | "cipher-overload";

/** Parts of a {@link CipherDoor}. */
export interface CipherDoorParts {
  readonly ciphers: readonly CipherServer[];
  /** Whether connections without this encryption are refused. */
  readonly required: boolean;
  /** Rate limit of the handshakes of all connections together: further ones wait. */
  readonly handshakeRate: RateLimit;
  /** Longest time from the accepted connection to the end of its handshake, in ms. */
  readonly handshakeMs: number;
  readonly deadlines: Deadlines;
  readonly buffers: TransportBuffers;
  readonly counters: Counters;
  readonly onRefused: (reason: CipherRefusal | IllegalRecord, remote: string) => void;
}

/**
 * Reads the first bytes of accepted connections: those of a cipher get its handshake, the others are handed over as they are.
 * Handshakes are work for unknown peers. So a few are done in each turn of the event loop, up to a rate, and the others wait.
 */
export class CipherDoor {
  readonly parts: CipherDoorParts;
  readonly #bucket = newBuckets(1);
  readonly #queue: ConnectionAtDoor[] = [];
  #scheduled = false;
  readonly #run = (): void => this.#serve();

  constructor(parts: CipherDoorParts) {
    this.parts = parts;
  }

  /** Number of complete messages that wait for their handshake. */
  get queuedCount(): number {
    return this.#queue.length;
  }

  /** Takes a connection that was not started, and calls `done` with the connection to serve, unless it is refused. */
  take(transport: AcceptedTransport, done: (transport: Transport) => void): void {
    transport.start(new ConnectionAtDoor(this, transport, done));
  }

  /** @internal Queues a complete message. Returns false when too many wait. */
  enqueue(arrival: ConnectionAtDoor): boolean {
    if (this.#queue.length >= maxQueued) return false;
    this.#queue.push(arrival);
    this.#plan(0);
    return true;
  }

  #plan(inMs: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (inMs > 0) this.parts.deadlines.clock.after(inMs, this.#run);
    else setImmediate(this.#run);
  }

  #serve(): void {
    this.#scheduled = false;
    const { handshakeRate, deadlines } = this.parts;
    for (let left = handshakesPerTurn; left > 0; ) {
      const [arrival] = this.#queue;
      if (arrival === undefined) return;
      if (arrival.over) {
        this.#queue.shift();
        continue;
      }
      const waitMs = handshakeRate.take(this.#bucket, 0, deadlines.clock.now());
      if (waitMs > 0) {
        this.#plan(waitMs);
        return;
      }
      this.#queue.shift();
      left--;
      arrival.shakeHands();
    }
    if (this.#queue.length > 0) this.#plan(0);
  }
}

/** A connection at the door. */
class ConnectionAtDoor implements TransportHandler {
  /** True once the connection is refused, handed over or gone. */
  over = false;
  readonly #door: CipherDoor;
  readonly #transport: AcceptedTransport;
  readonly #done: (transport: Transport) => void;
  readonly #deadline: number;
  readonly #preamble = new HandshakeBytes(preambleBytes);
  #cipher: CipherServer | undefined;
  #hello: HandshakeBytes | undefined;

  constructor(door: CipherDoor, transport: AcceptedTransport, done: (transport: Transport) => void) {
    this.#door = door;
    this.#transport = transport;
    this.#done = done;
    const { deadlines, handshakeMs } = door.parts;
    const spentMs = deadlines.clock.now() - (transport.startMs ?? deadlines.clock.now());
    this.#deadline = deadlines.add(Math.max(0, handshakeMs - spentMs), {
      onDeadline: () => this.#onDeadline(),
    });
  }

  onData(chunk: Uint8Array): void {
    if (this.over) return;
    const before = this.#preamble.taken;
    let at = this.#preamble.take(chunk);
    if (this.#hello === undefined) {
      if (!mayBeginCipher(this.#preamble.received)) {
        this.#pass(before, chunk);
        return;
      }
      if (!this.#preamble.complete) return;
      const [version, id] = this.#preamble.bytes.subarray(preambleBytes - 2);
      this.#cipher = this.#door.parts.ciphers.find((one) => one.id === id);
      if (version !== cipherVersion || this.#cipher === undefined) {
        this.#refuse("cipher-unknown");
        return;
      }
      this.#hello = new HandshakeBytes(this.#cipher.helloBytes);
    }
    at += this.#hello.take(chunk.subarray(at));
    // The answer has not been sent yet, and nothing can be sealed without it.
    if (at < chunk.length) this.#refuse("cipher-handshake");
    else if (this.#hello.complete) {
      this.#transport.pause();
      if (!this.#door.enqueue(this)) this.#refuse("cipher-overload");
    }
  }

  onDrain(): void {}

  onClose(): void {
    this.#end();
  }

  /** Does the handshake of the complete message, and hands the connection over. */
  shakeHands(): void {
    const transport = this.#transport;
    const { buffers, counters, onRefused } = this.#door.parts;
    const cipher = this.#cipher!;
    let accepted: ReturnType<CipherServer["accept"]>;
    try {
      accepted = cipher.accept(cipherPreamble(cipher.id), this.#hello!.bytes);
    } catch {
      this.#refuse("cipher-handshake");
      return;
    }
    this.#end();
    counters.add("connections.encrypted");
    transport.output.append(accepted.answer);
    transport.flushNow();
    transport.handOn(emptyBytes);
    this.#done(
      new CipherTransport({
        inner: transport,
        records: accepted.records,
        begin: (handler) => transport.start(handler),
        flushTimer: (flush) => new ImmediateFlush(flush),
        buffers,
        onIllegal: onRefused,
      }),
    );
  }

  /** Hands a connection without encryption over, with all of its bytes. */
  #pass(before: number, chunk: Uint8Array): void {
    if (this.#door.parts.required) {
      this.#refuse("cipher-plain");
      return;
    }
    this.#end();
    const earlier = this.#preamble.bytes.subarray(0, before);
    this.#transport.handOn(before === 0 ? chunk : Buffer.concat([earlier, chunk]));
    this.#done(this.#transport);
  }

  #onDeadline(): void {
    this.#refuse(this.#hello?.complete === true ? "cipher-overload" : "cipher-silent");
  }

  /** Closes the connection without a word: a peer finds no difference between the reasons. */
  #refuse(reason: CipherRefusal): void {
    if (this.over) return;
    this.#end();
    this.#door.parts.onRefused(reason, this.#transport.remote);
    this.#transport.destroy(`refused: ${reason}`);
  }

  #end(): void {
    this.over = true;
    this.#door.parts.deadlines.remove(this.#deadline);
  }
}

/** Flushes at the end of the tick in which it is asked. */
class ImmediateFlush implements FlushTimer {
  readonly #flush: () => void;
  #due = false;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  schedule(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(fire, this);
  }

  stop(): void {}

  /** @internal */
  run(): void {
    this.#due = false;
    this.#flush();
  }
}

/** Shared by all connections, so that a scheduled flush allocates no closure. */
function fire(timer: ImmediateFlush): void {
  timer.run();
}
