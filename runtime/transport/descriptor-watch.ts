import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";

/** What a {@link DescriptorWatch} works with. */
export interface DescriptorWatchOptions {
  readonly log: CountedLog;
  readonly counters?: Counters;
  /** What cannot accept connections meanwhile, for logs: "127.0.0.1:7000". */
  readonly at: string;
}

/** How often is looked. A shortage that is over sooner may pass unseen; one that lasts is seen. */
const everyMs = 1_000;

/** What to do about a shortage; added to the error of a call that met one. */
export const descriptorRemedy =
  "no file descriptor is left; raise the limit (ulimit -n), or allow fewer connections";

/** True for the two errors of the system that say so: of the process (EMFILE), and of the machine (ENFILE). */
export function isDescriptorShortage(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

/**
 * Finds out that no file descriptor is left to accept a connection with. Node does not tell: when accept fails for that
 * reason, libuv closes a descriptor that it keeps in reserve, accepts what waits by it, and closes it at once. The server
 * emits neither "error" nor "drop", and the peer sees a connection that ends before the first byte. So a file that is always
 * there is opened and closed once a second: when that fails, so does accept. Nothing has to be done for the port to recover.
 */
export class DescriptorWatch {
  readonly #options: DescriptorWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #short = false;

  /** Looks from now on; does not keep the process running. */
  constructor(options: DescriptorWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { log, counters, at } = this.#options;
    try {
      closeSync(openSync(devNull, "r"));
    } catch (error) {
      if (!isDescriptorShortage(error)) return;
      this.#short = true;
      counters?.add("descriptors.short");
      log.error(
        { at, remedy: descriptorRemedy, err: error },
        "connections are refused: no file descriptor is left",
      );
      return;
    }
    if (!this.#short) return;
    this.#short = false;
    log.warn({ at }, "connections are accepted again: file descriptors are free");
  }
}
