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
   * Opens one connection, for example `(signal) => dialTcp(host, port, { signal })`; rejects when nobody is there. The
   * signal is aborted when the dialer dials no more.
   */
  readonly dial: (signal: AbortSignal) => Promise<Transport>;
  /** What is dialled, for logs: "gate-1 at 127.0.0.1:7001". */
  readonly to: string;
  /** Options of each link that is made. */
  readonly link: LinkOptions;
  /** A link is there: the first thing to do on it is to introduce oneself. */
  readonly onLink: (link: Link) => void;
  /**
   * True when the peer has said goodbye: the first attempts to find it again, some ten seconds, are worth no warning then.
   * Default: always a warning.
   */
  readonly expected?: () => boolean;
  /** Pause before the second attempt; each further one doubles it. Milliseconds, default 50. */
  readonly firstPauseMs?: number;
  /** Longest pause, and how long a link must have lived to start again at the first. Milliseconds, default 5,000. */
  readonly longestPauseMs?: number;
  /** Between 0 and 1; each pause is shortened by up to its half by it, so that a crowd does not return at once. */
  readonly random?: () => number;
}

/** The rules of {@link DialerOptions}. */
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

/** Attempts in which a peer that said goodbye is not missed. */
const patientAttempts = 8;

/** Keeps one outgoing link alive: dials, and dials again with growing, jittered pauses whenever it is lost. */
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

  /** Dials at once. Throws INVALID_ARGUMENT that names a bad option, also of the links. */
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

  /** The live link, if there is one. */
  get link(): Link | undefined {
    return this.#link?.alive ? this.#link : undefined;
  }

  /** Dials no more; the link, if there is one, stays until the other side ends it. Idempotent. */
  letGo(): void {
    this.#stop();
  }

  /** Dials no more, and closes the link as its `close` does. Idempotent. */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stop();
    await this.#link?.close(options);
  }

  /** Dials no more, and cuts the link. Idempotent. */
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
    const details = { to, why: why instanceof Error ? why.message : why, pauseMs: Math.round(pauseMs) };
    this.#counted.write(isExpected ? "info" : "warn", details, "no link; dialling again", to);
    this.#timer = this.#clock.after(pauseMs, () => {
      this.#timer = undefined;
      void this.#dial();
    });
  }
}
