import type { Logger } from "../../runtime/log/logger.ts";

/** A line of a log, as it was given. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Keeps what is logged; children of it write here too. Debug lines are left out. */
export class Lines implements Logger {
  readonly lines: LogLine[] = [];

  debug(): void {}

  info(details: object, message: string): void {
    this.#keep("info", details, message);
  }

  warn(details: object, message: string): void {
    this.#keep("warn", details, message);
  }

  error(details: object, message: string): void {
    this.#keep("error", details, message);
  }

  child(): Logger {
    return this;
  }

  /** Details of the lines with this message. */
  of(message: string): LogLine["details"][] {
    return this.lines.filter((line) => line.message === message).map(({ details }) => details);
  }

  /** How many lines each message has. */
  get perMessage(): [string, number][] {
    const counts = new Map<string, number>();
    for (const { message } of this.lines) counts.set(message, (counts.get(message) ?? 0) + 1);
    return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #keep(level: LogLine["level"], details: object, message: string): void {
    this.lines.push({ level, message, details: { ...details } });
  }
}
