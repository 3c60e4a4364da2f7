import { messageOf } from "../../schema/errors.ts";
import { backoffMs } from "../clock/backoff.ts";
import type { Clock, Timer } from "../clock/clock.ts";
import { CountedLog } from "../log/counted-log.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { object, optional, type RulesOf, required, withDefault } from "../options/option-rules.ts";
import { callable, ms, text } from "../options/rule-kinds.ts";
import type { Transport } from "../transport/transport.ts";
import { Link } from "./link.ts";
import { type LinkOptions, linkOptionsRule } from "./link-options.ts";

/** Options of {@link Dialer}. */
export interface DialerOptions {
  /**
   * Opens one connection, for example `(signal) => dialTcp(host, port, { signal })`. Rejects when the peer is
   * unreachable. The signal is aborted when the dialer stops.
   */
  readonly dial: (signal: AbortSignal) => Promise<Transport>;
  /** Name and address of the peer, for logs: "gate-1 at 127.0.0.1:7001". */
  readonly to: string;
  /** Options of each new link. */
  readonly link: LinkOptions;
  /** Called with each new link. The first message on a link has to introduce this side. */
  readonly onLink: (link: Link) => void;
  /**
   * Whether the peer has announced that it stops. Then the first attempts to reconnect, some ten seconds, log at level
   * info instead of warn. Default: always warn.
   */
  readonly expected?: () => boolean;
  /** Pause before the second attempt, in ms; each further failure doubles it. Default 50. */
  readonly firstPauseMs?: number;
  /** Longest pause, in ms; a link that lived this long resets the pause to the first. Default 5,000. */
  readonly longestPauseMs?: number;
  /**
   * Source of random numbers from 0 to below 1. Each pause is shortened by up to its half, so that many peers do not
   * reconnect in one moment. Default: `Math.random`.
   */
  readonly random?: () => number;
}

/** Rule that checks {@link DialerOptions} and fills in defaults. */
export const dialerOptionsRule = object({
  dial: required(callable<DialerOptions["dial"]>()),
  to: required(text),
  link: required(linkOptionsRule),
  onLink: required(callable<DialerOptions["onLink"]>()),
  expected: optional(callable<() => boolean>()),
  firstPauseMs: withDefault(ms(1), 50),
  longestPauseMs: withDefault(ms(1), 5_000),
  random: withDefault(callable<() => number>(), Math.random),
} satisfies RulesOf<DialerOptions>);

/** Attempts that log at level info after the peer has announced that it stops. */
const patientAttempts = 8;

/** Keeps one outgoing link alive: dials, and dials again after growing, jittered pauses whenever the link is lost. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #firstPauseMs: number;
  readonly #longestPauseMs: number;
  readonly #counted: CountedLog;
  readonly #stopping = new AbortController();
  #failures = 0;
  #timer: Timer | undefined;
  #link: Link | undefined;
  #linkedAt = 0;

  /** Starts to dial at once. Throws INVALID_ARGUMENT that names a bad option, including those of the links. */
  constructor(options: DialerOptions) {
    const resolved = resolveOptions("Dialer", dialerOptionsRule, options);
    this.#options = options;
    this.#clock = options.link.clock;
    this.#counted = options.link.counted ?? new CountedLog(options.link.log, this.#clock);
    this.#random = resolved.random;
    this.#firstPauseMs = resolved.firstPauseMs;
    this.#longestPauseMs = resolved.longestPauseMs;
    void this.#dial();
  }

  /** The live link; undefined while there is none. */
  get link(): Link | undefined {
    return this.#link?.alive ? this.#link : undefined;
  }

  /** Dials at once instead of after a pause: the peer is known to be back. No effect while it is dialled or linked. */
  hurry(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    void this.#dial();
  }

  /** Stops dialling; a live link stays until the peer ends it. Idempotent. */
  letGo(): void {
    this.#stop();
  }

  /** Stops dialling, and closes the link as {@link Link.close} does. Idempotent. */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stop();
    await this.#link?.close(options);
  }

  /** Stops dialling, and destroys the link. Idempotent. */
  destroy(reason = "destroyed"): void {
    this.#stop();
    this.#link?.destroy(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #stop(): void {
    this.#stopping.abort();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #dial(): Promise<void> {
    let transport: Transport;
    try {
      transport = await this.#options.dial(this.#stopping.signal);
    } catch (error) {
      if (!this.#stopped) this.#again(error);
      return;
    }
    if (this.#stopped) {
      transport.destroy("the dialer was closed");
      return;
    }
    this.#linkedAt = this.#clock.now();
    const options = this.#options.link;
    const link = new Link(transport, {
      ...options,
      initiator: true,
      onClosed: (reason) => {
        options.onClosed?.(reason);
        this.#onLost(reason);
      },
    });
    this.#link = link;
    this.#options.onLink(link);
  }

  #onLost(reason: string): void {
    this.#link = undefined;
    if (this.#stopped) return;
    // A peer that accepts and closes at once must not be dialled in a tight loop.
    if (this.#clock.now() - this.#linkedAt >= this.#longestPauseMs) this.#failures = 0;
    this.#again(reason);
  }

  #again(why: unknown): void {
    const shape = { minDelayMs: this.#firstPauseMs, maxDelayMs: this.#longestPauseMs, jitter: 0.5 };
    const pauseMs = backoffMs(shape, this.#failures, this.#random);
    this.#failures = Math.min(this.#failures + 1, 30);
    const { to, expected } = this.#options;
    const isExpected = expected?.() === true && this.#failures <= patientAttempts;
    const details = { to, why: messageOf(why), pauseMs: Math.round(pauseMs) };
    this.#counted.write(isExpected ? "info" : "warn", details, "link down; reconnecting", to);
    this.#timer = this.#clock.after(pauseMs, () => {
      this.#timer = undefined;
      void this.#dial();
    });
  }
}
