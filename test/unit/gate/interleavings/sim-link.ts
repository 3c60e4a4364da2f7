import type { Timer } from "../../../../runtime/clock/clock.ts";
import type { Revocations } from "../../../../runtime/gate/auth/revocations.ts";
import type { Arrivals } from "../../../../runtime/gate/moves/arrivals.ts";
import type { GatePeer } from "../../../../runtime/gate/peers/gate-peer.ts";
import { ServedPeer } from "../../../../runtime/gate/peers/served-peer.ts";
import type { Link } from "../../../../runtime/rpc/link.ts";
import type { Responder } from "../../../../runtime/rpc/link-handler.ts";
import { type Decoder, decode, type Encoder, encode } from "../../../../runtime/wire/codec/codec.ts";
import { fail } from "../../../../schema/errors.ts";
import type { SimGate } from "./sim-gate.ts";
import type { Way } from "./sim-network.ts";

/** No user is revoked in these runs. */
const noRevocations = {} as unknown as Revocations;
/** No session moves in these runs. */
const noArrivals = { gateLost: () => {} } as unknown as Arrivals;

/** Call that waits for its answer. */
interface Waiting {
  readonly answer: (bytes: Uint8Array) => void;
  readonly failed: (error: unknown) => void;
  readonly timer: Timer;
}

/**
 * Link of one gate to another, in memory: the dialling side has the methods of `Link` that gates use, the other side is a
 * `ServedPeer`. Either side learns of its end in its own time.
 */
export class SimLink {
  readonly from: SimGate;
  readonly to: SimGate;
  readonly #peer: GatePeer;
  readonly #out: Way;
  readonly #back: Way;
  readonly #waiting = new Map<number, Waiting>();
  readonly #serving = new Map<number, SimResponder>();
  #served: ServedPeer | undefined;
  #lastKey = 0;
  /** True while the dialling side believes in the link. */
  alive = true;
  #isServedAlive = true;
  /** True once no message gets through. */
  #isCut = false;

  constructor(from: SimGate, to: SimGate, peer: GatePeer) {
    this.from = from;
    this.to = to;
    this.#peer = peer;
    this.#out = from.network.way();
    this.#back = from.network.way();
    this.#toServer(() => this.#onHello());
  }

  call<T, R>(
    method: number,
    codec: Encoder<T>,
    value: T,
    reply: Decoder<R>,
    { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      if (!this.alive) {
        reject(fail("UNAVAILABLE", "the link is closed"));
        return;
      }
      const key = ++this.#lastKey;
      const bytes = encode(codec, value);
      const timer = this.from.clock.after(timeoutMs, () => {
        this.#waiting.delete(key);
        this.#toServer(() => this.#serving.get(key)?.settle());
        reject(fail("DEADLINE_EXCEEDED", "no answer in time"));
      });
      this.#waiting.set(key, { answer: (body) => resolve(decode(reply, body)), failed: reject, timer });
      this.#toServer(() => this.#ask(key, method, bytes));
    });
  }

  notice<T>(method: number, codec: Encoder<T>, value: T): boolean {
    if (!this.alive) return false;
    const bytes = encode(codec, value);
    this.#toServer(() => this.#served?.notice(method, bytes, 0, bytes.length));
    return true;
  }

  /** Ends the dialling side at once; the other side hears of it after what is under way. */
  destroy(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#out.send(() => this.#serverEnds());
    const own = this.from.network.way();
    own.send(() => this.#clientEnds());
  }

  /** Loses what is under way, and everything from now on. Each side notices it later. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#out.lose();
    this.#back.lose();
    this.#out.send(() => this.#serverEnds());
    this.#back.send(() => this.#clientEnds());
  }

  #toServer(arrival: () => void): void {
    if (this.#isCut) return;
    this.#out.send(() => {
      if (this.#isServedAlive && !this.to.dead) arrival();
    });
  }

  #toClient(arrival: () => void): void {
    if (this.#isCut) return;
    this.#back.send(() => {
      if (this.alive && !this.from.dead) arrival();
    });
  }

  #onHello(): void {
    const drop = (): void => {
      if (!this.#isServedAlive) return;
      this.#isServedAlive = false;
      this.#back.send(() => this.#clientEnds());
      const own = this.to.network.way();
      own.send(() => this.#servedLost());
    };
    const link = { destroy: drop } as unknown as Link;
    this.to.onDrop(drop);
    this.#served = new ServedPeer(this.from.name, link, {
      binds: this.to.binds,
      revocations: noRevocations,
      arrivals: noArrivals,
      moveAway: () => Promise.resolve("nowhere"),
    });
    const gates = [...this.to.names];
    this.#toClient(() => {
      this.#peer.linked(this as unknown as Link, gates);
      this.from.events.onLinked(this.#peer, this as unknown as Link);
    });
  }

  #ask(key: number, method: number, bytes: Uint8Array): void {
    const responder = new SimResponder(
      (body) => {
        this.#serving.delete(key);
        this.#toClient(() => this.#take(key)?.answer(body));
      },
      (error) => {
        this.#serving.delete(key);
        this.#toClient(() => this.#take(key)?.failed(error));
      },
    );
    this.#serving.set(key, responder);
    try {
      this.#served?.ask(method, bytes, 0, bytes.length, responder as unknown as Responder);
    } catch (error) {
      responder.fail(error);
    }
  }

  #take(key: number): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    waiting?.timer.cancel();
    return waiting;
  }

  #serverEnds(): void {
    if (!this.#isServedAlive) return;
    this.#isServedAlive = false;
    this.#servedLost();
  }

  #servedLost(): void {
    for (const responder of this.#serving.values()) responder.settle();
    this.#serving.clear();
    if (!this.to.dead) this.#served?.lost();
  }

  #clientEnds(): void {
    this.alive = false;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { timer } of waiting) timer.cancel();
    if (this.from.dead) return;
    for (const { failed } of waiting) failed(fail("UNAVAILABLE", "the link is lost"));
    this.from.lost(this.#peer, this);
  }
}

/** Answers one call, at most once. */
class SimResponder {
  settled = false;
  readonly #answer: (body: Uint8Array) => void;
  readonly #failed: (error: unknown) => void;

  constructor(answer: (body: Uint8Array) => void, failed: (error: unknown) => void) {
    this.#answer = answer;
    this.#failed = failed;
  }

  /** Marks the call as cancelled. */
  settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    return true;
  }

  answer<T>(codec: Encoder<T>, value: T): number {
    if (this.settle()) this.#answer(encode(codec, value));
    return 0;
  }

  answerBytes(bytes: Uint8Array, start: number, end: number): void {
    if (this.settle()) this.#answer(bytes.slice(start, end));
  }

  fail(error: unknown): void {
    if (this.settle()) this.#failed(error);
  }

  failure(code: number, message: string): void {
    if (this.settle()) this.#failed(new Error(`${code}: ${message}`));
  }
}
