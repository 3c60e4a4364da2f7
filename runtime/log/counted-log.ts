import { LogGate } from "./log-gate.ts";
import type { Logger } from "./logger.ts";

/** The severities that a {@link CountedLog} writes. */
export type CountedLevel = "info" | "warn" | "error";

/**
 * Writes lines that a peer can cause as often as it likes: of each message, subject and place of its error, the first, the
 * second, the fourth, the eighth ... each with the `count` so far. What was quiet for a minute counts from one again, so
 * that a failure a day is a line a day. Shared by all connections of a process: a flood comes over many of them.
 */
export class CountedLog {
  readonly #log: Logger;
  readonly #clock: { now(): number };
  /** By message, which comes from the code: who makes up many names fills the gate of its own message only. */
  readonly #gates = new Map<string, LogGate>();

  constructor(log: Logger, clock: { now(): number }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `subject` tells events of one message apart: a reason of the code, or the name of a node; a bounded set. */
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
      // What was thrown may be anything, also an object that throws when it is looked at.
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

/** Stands in a line for an error that cannot be logged. */
const unshown = "it throws when it is looked at";

/** Lines of a stack that tell a place: the first may be a function that only makes errors, as `fail` does. */
const placeLines = 2;

/** Where an error was made: its name and the first lines of its stack, which a peer has no part in. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  let name: unknown;
  let stack: unknown;
  try {
    ({ name, stack } = error);
  } catch {
    // Its properties are functions that throw.
  }
  const text = typeof stack === "string" ? stack : "";
  const at = text.indexOf("\n    at ");
  if (at < 0) return String(name);
  return [String(name), ...text.slice(at + 1).split("\n", placeLines)].join("\n");
}
