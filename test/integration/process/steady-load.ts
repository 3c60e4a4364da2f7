import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { commands } from "../gate/schema.ts";
import { type Run, requestMs } from "./probe-game.ts";

const { echo, sticky, hashed, look, lookSticky, lookHashed, lookFree, turn } = commands;
/** Commands of each route, idempotent or not, on a lane or on none; `turn` calls another node. */
const routes = [echo, sticky, look, hashed, lookSticky, turn, lookHashed, turn, lookFree, echo].map(
  (entry) => ({
    ...entry,
    timeoutMs: requestMs,
    request: raw,
    reply: raw,
  }),
);

type Connection = Awaited<ReturnType<typeof connect>>;

const tickMs = 10;

/** A request that its client got an error for. */
export interface Failed {
  readonly text: string;
  readonly idempotent: boolean;
  readonly error: PhotinusError;
}

/** Counts of a load. */
export interface Verdict {
  readonly requests: number;
  readonly answered: number;
  /** Requests that were neither answered nor failed, and answers to requests that no handler has begun. */
  readonly lost: number;
  /** Requests that were run more than once, without idempotent ones where these may be run again. */
  readonly twice: number;
  readonly errors: number;
}

export interface LoadOptions {
  /** Ports of the gates; clients take turns. */
  readonly ports: readonly number[];
  /** Requests in a second, of all clients together. */
  readonly rate: number;
  readonly clients: number;
}

/** Clients of both transports that send requests at a steady rate, whether they are answered or not. Each request has its own text. */
export class SteadyLoad {
  readonly answered: string[] = [];
  readonly failed: Failed[] = [];
  /** Sessions of clients that could not be resumed. */
  newSessions = 0;
  readonly #connections: Connection[];
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #asked = 0;

  static async start({ ports, rate, clients }: LoadOptions): Promise<SteadyLoad> {
    const addresses = Array.from({ length: clients }, (_, at) => {
      const scheme = at % 2 === 0 ? "tcp" : "ws";
      return `${scheme}://127.0.0.1:${ports[Math.floor(at / 2) % ports.length]}`;
    });
    return new SteadyLoad(await Promise.all(addresses.map((address) => connect(address))), rate);
  }

  private constructor(connections: Connection[], rate: number) {
    this.#connections = connections;
    for (const connection of connections) {
      connection.onState((event) => {
        if (event.state === "open" && event.cause === "welcome" && !event.resumed) this.newSessions++;
      });
    }
    const begin = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - begin) * rate) / 1_000;
      while (this.#asked < due) this.#ask(this.#asked++);
    }, tickMs);
  }

  /** Resolves when as many more requests are answered. */
  async answers(count: number): Promise<void> {
    const until = this.answered.length + count;
    while (this.answered.length < until) await sleep(tickMs);
  }

  /** Sends no more requests. Resolves when all of them are answered and the clients have left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  /** Counts what has come of the requests, to be called after the end. */
  verdict(ran: readonly Run[], mayRepeat: "idempotent ones" | "none"): Verdict {
    const counts = new Map<string, number>();
    for (const { text } of ran) counts.set(text, (counts.get(text) ?? 0) + 1);
    const isOnce = (text: string) => mayRepeat === "none" || !routeOf(text).idempotent;
    const { length: answered } = this.answered;
    const unrun = this.answered.filter((text) => !counts.has(text)).length;
    return {
      requests: this.#asked,
      answered,
      lost: this.#asked - answered - this.failed.length + unrun,
      twice: [...counts].filter(([text, count]) => count > 1 && isOnce(text)).length,
      errors: this.failed.length,
    };
  }

  #ask(number: number): void {
    // The first byte is the key of the hashed commands.
    const text = `${Math.floor(Math.random() * 10)}-${number}`;
    const answer = this.#answerOf(this.#connections[number % this.#connections.length]!, text);
    const pending = answer.then((failed) => {
      this.#pending.delete(pending);
      if (failed === undefined) this.answered.push(text);
      else this.failed.push({ text, idempotent: routeOf(text).idempotent, error: failed });
    });
    this.#pending.add(pending);
  }

  /** Asks once. Resolves with the error of a request that failed. */
  async #answerOf(connection: Connection, text: string): Promise<PhotinusError | undefined> {
    try {
      const body = await connection.request(routeOf(text), new TextEncoder().encode(text));
      const answer = new TextDecoder().decode(body as Uint8Array);
      if (answer !== text) throw new Error(`${text} was answered with ${answer}`);
      return undefined;
    } catch (error) {
      if (!isPhotinusError(error)) throw error;
      return error;
    }
  }
}

/** The command of a request. Clients take turns as well, so each sends all of them when the counts have no common divisor. */
function routeOf(text: string): (typeof routes)[number] {
  const number = Number(text.slice(2));
  return routes[(number + Math.floor(number / 1_000)) % routes.length]!;
}
