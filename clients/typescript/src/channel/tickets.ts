import type { Timer } from "../../../../runtime/clock/clock.ts";
import { longestMs } from "../../../../runtime/options/rule-kinds.ts";
import { emptyBytes } from "../../../../runtime/wire/empty-bytes.ts";
import type { Authenticated } from "../../../../runtime/wire/generated/photinus/control.ts";
import { errorCodeOf, fail } from "../../../../schema/errors.ts";
import type { Settings } from "../connect-options.ts";
import type { Channel } from "./channel.ts";
import { type Down, downOf } from "./channel-ports.ts";
import type { Proof, Ticket } from "./dial.ts";

/** Receives the failures of {@link Tickets}. */
export interface TicketHandler {
  /** Called when a new ticket was not accepted. `retryInMs` 0: none comes before the old one expires. */
  onTicketLost(why: Down, retryInMs: number): void;
}

/** Brings the player's tickets to the server: one with each attempt to connect, and the next one before the last one expires. */
export class Tickets {
  readonly #settings: Settings;
  readonly #connector: { readonly channel: Channel | undefined };
  readonly #handler: TicketHandler;
  #source: Ticket;
  /** Time until the next ticket. */
  #timer: Timer | undefined;
  /** End of the accepted ticket, on the connection's clock. */
  #expiresAt = 0;
  /** Takes the server's next answer; undefined: the connection was lost. */
  #taker: ((answer?: Authenticated) => void) | undefined;

  constructor(
    settings: Settings,
    connector: { readonly channel: Channel | undefined },
    handler: TicketHandler,
  ) {
    this.#settings = settings;
    this.#connector = connector;
    this.#handler = handler;
    this.#source = settings.ticket ?? emptyBytes;
  }

  /** Whether the next ticket may be another one than the last. */
  get fresh(): boolean {
    return typeof this.#source === "function";
  }

  /** Returns the ticket of the next attempt to connect. */
  next(): Proof | Promise<Proof> {
    const source = this.#source;
    return typeof source === "function" ? source() : source;
  }

  /** Starts the life of a ticket that the server has accepted, in ms; 0: it does not expire. */
  accepted(ticketMs: number): void {
    const { clock, random } = this.#settings;
    this.#timer?.cancel();
    this.#expiresAt = clock.now() + ticketMs;
    // The rest of its life is left for failures. Tickets of one login hour are not renewed in one moment.
    if (ticketMs && this.fresh) this.#renewAfter(ticketMs * (0.7 - 0.2 * random()));
  }

  /** Takes the server's answer to a ticket. */
  answered(answer: Authenticated): void {
    if (!answer.code) this.accepted(answer.ticketMs);
    this.#taker?.(answer);
  }

  /** Called when the connection was lost: the next attempt to connect has the next ticket. */
  stop(): void {
    this.#timer?.cancel();
    this.#taker?.();
  }

  /** Brings a ticket, by default the next one. Rejects unless the server accepts it. */
  async authenticate(given?: Proof): Promise<void> {
    const ticket = given ?? (await this.next());
    const { channel } = this.#connector;
    // A server judges one ticket of a client at a time.
    if (this.#taker) throw fail("RESOURCE_EXHAUSTED", "one ticket at a time");
    const answer =
      channel &&
      (await new Promise<Authenticated | undefined>((resolve) => {
        channel.authenticate(ticket);
        this.#taker = resolve;
      }));
    this.#taker = undefined;
    // Without an answer, the next attempt to connect brings the ticket.
    if (!this.fresh && !answer?.code) this.#source = ticket;
    if (!answer) throw fail("UNAVAILABLE", "not connected");
    if (answer.code) throw fail(errorCodeOf(answer.code), answer.reason, answer);
  }

  /** Brings the next ticket. A failure is repeated as long as the last ticket lives. */
  async #renew(): Promise<void> {
    const { channel } = this.#connector;
    try {
      await this.authenticate();
    } catch (error) {
      // A new connection has had a ticket of its own.
      if (this.#connector.channel !== channel) return;
      const leftMs = this.#expiresAt - this.#settings.clock.now();
      // Less and less time between the attempts of a ticket that is about to end; none in its last second.
      const retryInMs = leftMs < 1_000 ? 0 : Math.round(leftMs / 4);
      if (retryInMs) this.#renewAfter(retryInMs);
      this.#handler.onTicketLost(downOf(error), retryInMs);
    }
  }

  #renewAfter(ms: number): void {
    this.#timer = this.#settings.clock.after(Math.min(ms, longestMs), () => void this.#renew());
  }
}
