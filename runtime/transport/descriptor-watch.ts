import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";

/** Options of a {@link DescriptorWatch}. */
export interface DescriptorWatchOptions {
  readonly log: CountedLog;
  readonly counters?: Counters;
  /** Address of the port that cannot accept connections, for logs: "127.0.0.1:7000". */
  readonly at: string;
}

/** Interval of the check, in ms. A shorter shortage may go unnoticed. */
const everyMs = 1_000;

/** Remedy of a shortage; added to the error of a call that met one. */
export const descriptorRemedy =
  "no file descriptor is left; raise the limit (ulimit -n), or allow fewer connections";

/** Whether an error reports a lack of file descriptors, in the process (EMFILE) or in the machine (ENFILE). */
export function isDescriptorShortage(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
}

/**
 * Detects that no file descriptor is left to accept a connection. Node does not report it: when accept fails for this
 * reason, libuv closes a spare descriptor, accepts the waiting connection with it, and closes that at once. The server
 * emits neither "error" nor "drop", and the peer sees a connection that ends before the first byte. So a file that
 * always exists is opened and closed once a second: when that fails, so does accept. The port recovers by itself.
 */
export class DescriptorWatch {
  readonly #options: DescriptorWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #short = false;

  /** Starts the watch; its timer does not keep the process running. */
  constructor(options: DescriptorWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Stops the watch. Idempotent. */
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
        "connections rejected: no file descriptor is left",
      );
      return;
    }
    if (!this.#short) return;
    this.#short = false;
    log.warn({ at }, "connections accepted again: file descriptors are free");
  }
}
