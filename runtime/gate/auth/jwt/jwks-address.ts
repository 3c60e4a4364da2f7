import { fail } from "../../../../schema/errors.ts";
import type { Clock } from "../../../clock/clock.ts";
import type { CountedLog } from "../../../log/counted-log.ts";
import { retryAfterMs } from "../../../rpc/retry-after.ts";
import { fitting, type JwtKey, type KeySource, keysOfJwks } from "./jwt-keys.ts";
import type { ResolvedJwks } from "./jwt-options.ts";

/** Longest pause between two fetches before the first keys are there, in ms. */
const firstPauseMs = 1_000;

/**
 * Keys at an HTTP address. Keys that have reached their age are fetched again in the background, and stay in use meanwhile. A ticket
 * that names an unknown key causes a fetch, at most one in each cooldown. While the address fails, the last keys are used for a
 * bounded time.
 */
export class JwksAddress implements KeySource {
  readonly #options: ResolvedJwks;
  readonly #clock: Clock;
  readonly #log: CountedLog;
  #keys: readonly JwtKey[] | undefined;
  /** When the keys were fetched. */
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** When the last fetch began. */
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Whether the last fetch failed. */
  #failed = false;
  #fetching: Promise<void> | undefined;
  readonly #closing = new AbortController();

  constructor(options: ResolvedJwks, clock: Clock, log: CountedLog) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
  }

  async keysFor(algorithm: string, kid: string | undefined): Promise<readonly JwtKey[]> {
    const { cacheMs, staleMs } = this.#options;
    const age = this.#clock.now() - this.#fetchedAt;
    if (this.#keys === undefined || age > cacheMs + staleMs) {
      await this.#refresh();
      if (this.#failed || this.#keys === undefined) throw this.#unreachable();
    } else if (age > cacheMs && !(this.#failed && this.#cools)) void this.#fetch();
    const known = fitting(this.#keys, algorithm, kid);
    if (known.length > 0) return known;
    // The issuer may have a new key.
    await this.#refresh();
    const fetched = fitting(this.#keys, algorithm, kid);
    if (fetched.length === 0 && this.#failed) throw this.#unreachable();
    return fetched;
  }

  close(): void {
    this.#closing.abort();
  }

  /** True while the last fetch is so recent that a ticket causes no other one. */
  get #cools(): boolean {
    const { cooldownMs } = this.#options;
    // Without keys nobody can enter, so that the address is tried again soon.
    const pauseMs = this.#keys === undefined ? Math.min(cooldownMs, firstPauseMs) : cooldownMs;
    return this.#clock.now() - this.#triedAt < pauseMs;
  }

  /** Waits for a fetch that is under way, or for another one unless the last was a moment ago. */
  async #refresh(): Promise<void> {
    if (this.#fetching !== undefined || !this.#cools) await this.#fetch();
  }

  /** Fetches the keys; joins a fetch that is under way. Never rejects. */
  #fetch(): Promise<void> {
    this.#fetching ??= this.#read().then(
      (keys) => {
        this.#keys = keys;
        this.#fetchedAt = this.#clock.now();
        this.#failed = false;
        this.#fetching = undefined;
      },
      (error: unknown) => {
        this.#failed = true;
        this.#fetching = undefined;
        const { host: to } = new URL(this.#options.url);
        if (!this.#closing.signal.aborted)
          this.#log.warn({ err: error, to }, "keys of tickets not fetched; the last ones are used", to);
      },
    );
    return this.#fetching;
  }

  async #read(): Promise<readonly JwtKey[]> {
    const { url, timeoutMs } = this.#options;
    this.#triedAt = this.#clock.now();
    const late = new AbortController();
    const timer = this.#clock.after(timeoutMs, () =>
      late.abort(new Error(`no answer within ${timeoutMs} ms`)),
    );
    try {
      const signal = AbortSignal.any([late.signal, this.#closing.signal]);
      // A redirect could lead to an address without TLS.
      const response = await fetch(url, {
        signal,
        redirect: "error",
        headers: { accept: "application/jwk-set+json, application/json" },
      });
      if (response.status !== 200) {
        await response.body?.cancel();
        throw new Error(`status ${response.status}; expected 200`);
      }
      return keysOfJwks(JSON.parse(await this.#textOf(response)), "the key set", true);
    } finally {
      timer.cancel();
    }
  }

  /** Reads an answer up to its largest size. */
  async #textOf(response: Response): Promise<string> {
    const { maxBytes } = this.#options;
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.length;
      // The loop's end cancels the body.
      if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts).toString("utf8");
  }

  #unreachable() {
    return fail("UNAVAILABLE", "the keys of tickets cannot be fetched", {
      retryAfterMs: retryAfterMs("lost"),
    });
  }
}
