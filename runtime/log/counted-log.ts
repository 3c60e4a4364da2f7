import { LogGate } from "./log-gate.ts";
import type { Logger } from "./logger.ts";

/** Severities of a {@link CountedLog}. */
export type CountedLevel = "info" | "warn" | "error";

/**
 * Log for events that a peer can cause at will. Writes the 1st, 2nd, 4th, 8th ... event of each message, subject and place of
 * error, with the `count` so far. The count restarts after a quiet minute, so that a daily failure is a daily line. All
 * connections of a process share one log, because a flood comes over many connections.
 */
export class CountedLog {
  readonly #log: Logger;
  readonly #clock: { now(): number };
  /** Gates by message. Messages come from the code, so a peer that invents many subjects fills one gate only. */
  readonly #gates = new Map<string, LogGate>();

  constructor(log: Logger, clock: { now(): number }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** @param subject Distinguishes events of one message: a reason from the code or a node name; a bounded set. */
  info(details: object, message: string, subject = ""): void {
    this.write("info", details, message, subject);
  }

  warn(details: object, message: string, subject = ""): void {
    this.write("warn", details, message, subject);
  }

  error(details: object, message: string, subject = ""): void {
    this.write("error", details, message, subject);
  }

  write(level: CountedLevel, details: object, message: string, subject = ""): void {
    try {
      this.#write(level, details, message, subject);
    } catch (error) {
      if (!("err" in details)) throw error;
      // The thrown value may be any object, also one whose properties throw.
      this.#write(level, { ...details, err: unshown }, message, subject);
    }
  }

  #write(level: CountedLevel, details: object, message: string, subject: string): void {
    const place = "err" in details ? placeOf(details.err) : "";
    let gate = this.#gates.get(message);
    if (gate === undefined) {
      gate = new LogGate(undefined, { clock: this.#clock });
      this.#gates.set(message, gate);
    }
    const count = gate.hit(`${subject}\n${place}`);
    if (count > 0) this.#log[level]({ ...details, count }, message);
  }
}

/** Replaces an error that cannot be logged. */
const unshown = "it throws when it is looked at";

/** Stack lines that identify a place: the first may be a function that only makes errors, such as `fail`. */
const placeLines = 2;

/** Place of an error: its name and the first lines of its stack. A peer cannot influence them. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  let name: unknown;
  let stack: unknown;
  try {
    ({ name, stack } = error);
  } catch {
    // The properties of the error throw.
  }
  const text = typeof stack === "string" ? stack : "";
  const at = text.indexOf("\n    at ");
  if (at < 0) return String(name);
  return [String(name), ...text.slice(at + 1).split("\n", placeLines)].join("\n");
}
