import { once } from "node:events";
import type { Connection } from "@photinus/client";
import * as chat from "../../generated/client/meadow/chat.service.ts";
import * as login from "../../generated/client/meadow/login.service.ts";
import * as meadow from "../../generated/client/meadow/meadow.service.ts";
import { connect } from "../../generated/client/node.ts";
import { meadowIds, rechargeMs } from "./rules.ts";

/** Counts of all players together. */
export interface Tally {
  requests: number;
  replies: number;
  pushes: number;
  errors: number;
  /** Nodes that host a meadow, by the replies to Enter. */
  readonly nodes: Set<string>;
}

/** A bot: signs in, enters a meadow, moves, flashes, talks. */
export class Player {
  readonly #connection: Connection;
  readonly #tally: Tally;
  readonly #number: number;
  readonly #meadowId: number;

  private constructor(connection: Connection, number: number, tally: Tally) {
    this.#connection = connection;
    this.#number = number;
    this.#tally = tally;
    this.#meadowId = meadowIds[number % meadowIds.length]!;
    const count = () => {
      tally.pushes++;
    };
    meadow.onEntered(connection, count);
    meadow.onLeft(connection, count);
    meadow.onMoved(connection, count);
    meadow.onFlashed(connection, count);
    chat.onSaid(connection, count);
    chat.onCrowd(connection, count);
  }

  /**
   * Connects a bot.
   * @param url "tcp://host:port" or "ws://host:port"
   */
  static async join(url: string, number: number, tally: Tally): Promise<Player> {
    const connection = await connect(url, { client: "meadow-demo" });
    return new Player(connection, number, tally);
  }

  /** Plays until `over` is aborted, then waits for the replies in flight. */
  async play(over: AbortSignal): Promise<void> {
    await this.#ask(() =>
      login.signIn(this.#connection, { name: `bot ${this.#number}`, hue: (this.#number * 37) % 360 }),
    );
    const entered = await this.#ask(() => meadow.enter(this.#connection, { meadowId: this.#meadowId }));
    if (entered) this.#tally.nodes.add(entered.node);

    const waiting = new Set<Promise<unknown>>();
    const ask = (call: () => Promise<unknown>) => {
      const answer = this.#ask(call).finally(() => waiting.delete(answer));
      waiting.add(answer);
    };
    const timers = [
      setInterval(() => this.#step(), 50),
      setInterval(() => ask(() => login.echo(this.#connection, new TextEncoder().encode("hello"))), 200),
      setInterval(
        () => ask(() => meadow.flash(this.#connection, { meadowId: this.#meadowId })),
        rechargeMs * 1.5,
      ),
      setInterval(
        () => ask(() => chat.say(this.#connection, { text: `I am number ${this.#number}` })),
        2_000,
      ),
    ];
    if (!over.aborted) await once(over, "abort");
    for (const timer of timers) clearInterval(timer);
    await Promise.all(waiting);
  }

  leave(): Promise<void> {
    return this.#connection.close();
  }

  #step(): void {
    const angle = performance.now() / 1_000 + this.#number;
    const position = { x: 0.5 + 0.4 * Math.cos(angle), y: 0.5 + 0.4 * Math.sin(angle * 0.7) };
    meadow.move(this.#connection, { meadowId: this.#meadowId, position });
  }

  async #ask<R>(call: () => Promise<R>): Promise<R | undefined> {
    this.#tally.requests++;
    try {
      const reply = await call();
      this.#tally.replies++;
      return reply;
    } catch (error) {
      this.#tally.errors++;
      console.error(`player ${this.#number}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }
}
