import { backoffMs } from "../../../../runtime/clock/backoff.ts";
import type { Timer } from "../../../../runtime/clock/clock.ts";
import { longestMs } from "../../../../runtime/options/rule-kinds.ts";
import type {
  GoAway,
  Hello,
  NodeChange,
  Queued,
} from "../../../../runtime/wire/generated/photinus/control.ts";
import { largestBatchBytes } from "../../../../runtime/wire/session/envelope.ts";
import { fail, type PhotinusError } from "../../../../schema/errors.ts";
import { Channel, type ChannelMaker } from "./channel.ts";
import { type ChannelContext, type ChannelHandler, type Down, downOf } from "./channel-ports.ts";
import type { Welcome } from "./control-messages.ts";
import { mayMoveTo } from "./dial.ts";
import { placeOf } from "./place.ts";
import { type TicketHandler, Tickets } from "./tickets.ts";

/** The next attempt to reconnect. */
export interface Retry {
  /** Number of the attempt, from 1 since the connection was lost. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** Receives the events of a {@link Reconnector}: those of its channel, and losses. */
export interface ReconnectorHandler extends Omit<ChannelHandler, "onDown" | "tickets">, TicketHandler {
  /** Called when the connection was lost or a reconnect failed. Without `retry` the connection is closed for good. */
  onLost(down: Down, retry: Retry | undefined): void;
  /** True while requests are in flight. */
  readonly busy: boolean;
}

/** State that a client presents to the server when it reconnects. */
export type Resume = Pick<Hello, "resumeToken" | "lastPush" | "answerCount" | "canResume">;

/** Interval of the check whether a client is idle, after a go-away; in ms. */
const idleLookMs = 50;
/** Longest pause before a client follows its session to another server, in ms. Not all clients come in one moment. */
const followMs = 10;

/** The part of a page's global object that tells of the device's network; absent in Node. */
interface Page {
  addEventListener?: (event: "online", listener: () => void) => void;
  removeEventListener?: (event: "online", listener: () => void) => void;
}

/** Keeps one channel to the server open: connects, and reconnects after each loss, until closed. */
export class Reconnector implements ChannelHandler {
  readonly tickets: Tickets;
  readonly #context: ChannelContext;
  readonly #home: string;
  readonly #resume: () => Resume;
  readonly #handler: ReconnectorHandler;
  /** Address of the next attempt; a go-away may change it. */
  #url: string;
  #channel: Channel | undefined;
  /** False before the first welcome and after the close: then nothing is retried. */
  #wanted = false;
  #failures = 0;
  /** Whether the server has refused the ticket since the last welcome. */
  #refused = false;
  /** How long the other server may take while the session moves there, in ms; 0: the session does not move. */
  #moveMs = 0;
  #openedAt: number | undefined;
  #timer: Timer | undefined;
  /** Cancels the current attempt. */
  #attempt: AbortController | undefined;
  #settle: (() => void) | undefined;
  /** Starts the timeout of the current attempt anew. */
  #wait: (() => void) | undefined;

  constructor(context: ChannelContext, url: string, resume: () => Resume, handler: ReconnectorHandler) {
    this.#context = context;
    this.#home = url;
    this.#url = url;
    this.#resume = resume;
    this.#handler = handler;
    this.tickets = new Tickets(context.settings, this, handler);
  }

  /** The open channel; undefined while there is none. */
  get channel(): Channel | undefined {
    return this.#channel?.open ? this.#channel : undefined;
  }

  /** Makes one attempt to connect; the handler is notified of the result. */
  async connect(signal?: AbortSignal): Promise<void> {
    const { settings } = this.#context;
    const url = this.#url;
    const controller = new AbortController();
    this.#attempt = controller;
    this.#limit(controller, url, signal);
    try {
      const ticket = await this.tickets.next();
      // The attempt may have ended while the game got its ticket, or while the transport was opened.
      if (this.#attempt !== controller) return;
      const transport = await settings.dial(url, { ...settings, signal: controller.signal });
      if (this.#attempt !== controller) {
        transport.destroy("given up");
        return;
      }
      const context = this.#context;
      const make = settings.compression as ChannelMaker | undefined;
      this.#channel = make?.(context, transport, this) ?? new Channel(context, transport, this);
      // Settings that are no field of a Hello are not written.
      const takesBatches = settings.maxFrameBytes > largestBatchBytes;
      this.#channel.start({ ...settings, ticket, canWait: true, takesBatches, ...this.#resume() });
    } catch (error) {
      if (this.#attempt === controller) this.#end(downOf(error));
    }
  }

  /** Ends the attempt after the configured timeout, in a queue after such a silence, or when the signal is aborted. */
  #limit(controller: AbortController, url: string, signal: AbortSignal | undefined): void {
    const { clock, connectTimeoutMs } = this.#context.settings;
    // The other server answers once the requests in flight are answered.
    const ms = Math.max(connectTimeoutMs, this.#moveMs);
    const giveUp = (error: PhotinusError): void => {
      this.#end(downOf(error));
      controller.abort(error);
    };
    const onAbort = (): void => {
      giveUp(fail("CANCELLED", `connecting to ${placeOf(url)} was cancelled`, { cause: signal?.reason }));
    };
    let timer: Timer | undefined;
    this.#wait = () => {
      timer?.cancel();
      timer = clock.after(ms, () =>
        giveUp(fail("DEADLINE_EXCEEDED", `no welcome from ${placeOf(url)} within ${ms} ms`)),
      );
    };
    this.#wait();
    signal?.addEventListener("abort", onAbort);
    this.#settle = () => {
      timer?.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    if (signal?.aborted) onAbort();
  }

  /** Flushes the queue, then closes the connection for good. */
  async close(reason: string): Promise<void> {
    const channel = this.#stop();
    if (channel) await channel.close(reason);
    else this.onDown(closedDown(reason));
  }

  /** Closes the connection for good, at once. */
  destroy(reason: string): void {
    this.#stop();
    this.#end(closedDown(reason));
  }

  /** Stops all attempts to connect. Returns the channel. */
  #stop(): Channel | undefined {
    this.#wanted = false;
    this.#timer?.cancel();
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort();
    return this.#channel;
  }

  /** Ends the channel, or the attempt to open one. */
  #end(down: Down): void {
    if (this.#channel) this.#channel.destroy(down);
    else this.onDown(down);
  }

  // Events of the channel

  onWelcome(welcome: Welcome): void {
    this.#settle?.();
    this.#wanted = true;
    this.#openedAt = this.#context.settings.clock.now();
    this.#moveMs = 0;
    this.#refused = false;
    this.tickets.accepted(welcome.ticketMs);
    this.#handler.onWelcome(welcome);
  }

  onQueued(queued: Queued | undefined): void {
    this.#wait?.();
    this.#handler.onQueued(queued);
  }

  onNodeChange(change: NodeChange): void {
    this.#handler.onNodeChange(change);
  }

  onDown(down: Down): void {
    const { reconnect, clock, random } = this.#context.settings;
    const openedAt = this.#openedAt;
    let mayRetry = this.#wanted && down.mayRetry;
    if (down.code === "UNAUTHENTICATED") {
      // The server would refuse a fixed ticket again; a function may have a better one, once.
      mayRetry &&= this.tickets.fresh && !this.#refused;
      this.#refused = true;
    }
    this.tickets.stop();
    this.#settle?.();
    this.#channel = undefined;
    this.#attempt = undefined;
    this.#openedAt = undefined;
    this.#timer?.cancel();
    if (!reconnect || !mayRetry || this.#failures >= reconnect.maxAttempts) {
      this.#wanted = false;
      this.#handler.onLost(down, undefined);
      return;
    }
    // Only a connection that lasted resets the backoff: a server that drops it at once is not retried faster and
    // faster.
    if (openedAt !== undefined && clock.now() - openedAt > reconnect.maxDelayMs) this.#failures = 0;
    if (openedAt === undefined) {
      // The address of the go-away did not answer, or has gone away itself.
      this.#url = this.#home;
      this.#moveMs = 0;
    }
    const { minDelayMs, jitter } = reconnect;
    const failures = this.#failures++;
    let ownMs = backoffMs(reconnect, Math.max(failures - 1, 0), random);
    // The first attempt follows a loss at once, spread a little. A kick asks for more patience.
    if (failures === 0 && !down.kicked) ownMs = (this.#moveMs ? followMs : minDelayMs * jitter) * random();
    this.#retry(down, Math.round(Math.max(ownMs, down.retryAfterMs ?? 0)));
  }

  /** Connects after a delay, or as soon as the device says that it is online again. */
  #retry(down: Down, delayMs: number): void {
    const page = globalThis as Page;
    const connect = (): void => {
      cancel();
      void this.connect();
    };
    const timer = this.#context.settings.clock.after(delayMs, connect);
    const cancel = (): void => {
      timer.cancel();
      page.removeEventListener?.("online", connect);
    };
    this.#timer = { cancel };
    // A delay of the server is kept in any case.
    if (!down.retryAfterMs) page.addEventListener?.("online", connect);
    this.#handler.onLost(down, { attempt: this.#failures, delayMs });
  }

  /**
   * Moves to another server before this one stops: at once when the session moves there; otherwise as soon as no request is in
   * flight, at the latest in the last fifth of the grace time. The first check comes at a random moment, so that not all clients
   * move at once.
   */
  onGoAway(goAway: GoAway): void {
    const { clock, random, reconnect } = this.#context.settings;
    this.#handler.onGoAway(goAway);
    if (!reconnect || !this.#channel?.open) return;
    if (goAway.address !== "" && mayMoveTo(this.#home, goAway.address)) this.#url = goAway.address;
    const latest = clock.now() + goAway.graceMs * 0.8;
    this.#moveMs = goAway.resumeToken.length && Math.min(goAway.graceMs + 1, longestMs);
    const look = (): void => {
      if (!this.#moveMs && this.#handler.busy && clock.now() + idleLookMs <= latest)
        this.#timer = clock.after(idleLookMs, look);
      else this.#channel?.destroy({ code: "UNAVAILABLE", reason: "the server is stopping", mayRetry: true });
    };
    this.#timer?.cancel();
    if (this.#moveMs) look();
    else this.#timer = clock.after(goAway.graceMs * 0.4 * random(), look);
  }
}

/** Outcome of a connection that this side closes for good. */
function closedDown(reason: string): Down {
  return { code: "CANCELLED", reason, mayRetry: false };
}
