import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger as PinoLogger, pino } from "pino";
import { fail } from "../../../schema/errors.ts";
import type { LogLevel } from "../topology/topology.ts";
import { humanLine } from "./human.ts";
import type { LogRecord } from "./record.ts";

export interface OutletOptions {
  /** "human" for a terminal, "json" for a collector: one object on a line. */
  readonly form: "human" | "json";
  readonly colours: boolean;
  /** A file that every record is appended to as JSON. */
  readonly file: string | undefined;
  /** Takes text for the standard output. */
  readonly print: (text: string) => void;
}

/** Where the logs of all processes come together. */
export class LogOutlet {
  readonly #options: OutletOptions;
  readonly #file: number | undefined;

  /** Throws FAILED_PRECONDITION when the log file cannot be opened. */
  constructor(options: OutletOptions) {
    this.#options = options;
    this.#file = options.file === undefined ? undefined : openLogFile(options.file);
  }

  write(record: LogRecord): void {
    const json = JSON.stringify(record);
    if (this.#file !== undefined) writeSync(this.#file, `${json}\n`);
    const { form, colours, print } = this.#options;
    print(`${form === "json" ? json : humanLine(record, colours)}\n`);
  }

  /** Text for a person, such as the banner; a collector gets the record instead. */
  announce(text: string, record: LogRecord): void {
    if (this.#file !== undefined) writeSync(this.#file, `${JSON.stringify(record)}\n`);
    this.#options.print(this.#options.form === "json" ? `${JSON.stringify(record)}\n` : text);
  }

  /** A pino logger whose lines come out here. */
  logger(name: string, level: LogLevel): PinoLogger {
    const write = (line: string) => this.write(JSON.parse(line) as LogRecord);
    return pino({ name, level, base: { name } }, { write });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function openLogFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "a");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw fail("FAILED_PRECONDITION", `the log file cannot be opened: ${reason}; name another as log.file`);
  }
}
