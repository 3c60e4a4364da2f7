import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger as PinoLogger, pino } from "pino";
import { fail, messageOf } from "../../../schema/errors.ts";
import type { LogLevel } from "../topology/topology.ts";
import { humanLine } from "./human-line.ts";
import type { LogRecord } from "./log-record.ts";

export interface LogOutputOptions {
  /** "human" for a terminal, "json" for a collector: one object on a line. */
  readonly form: "human" | "json";
  readonly colours: boolean;
  /** A file that every record is appended to as JSON. */
  readonly file: string | undefined;
  /** Takes text for the standard output. */
  readonly print: (text: string) => void;
}

/** Where the logs of all processes come together. */
export class LogOutput {
  readonly #options: LogOutputOptions;
  #file: number | undefined;
  #failed = false;

  /** Throws FAILED_PRECONDITION when the log file cannot be opened. */
  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#file = options.file === undefined ? undefined : openLogFile(options.file);
  }

  write(record: LogRecord): void {
    this.#append(record);
    this.#print(record);
  }

  /** Text for a person, such as the banner; a collector gets the record instead. */
  announce(text: string, record: LogRecord): void {
    this.#append(record);
    if (this.#options.form === "json") this.#print(record);
    else this.#options.print(text);
  }

  /** A pino logger whose lines come out here. */
  logger(name: string, level: LogLevel): PinoLogger {
    const write = (line: string) => this.write(JSON.parse(line) as LogRecord);
    return pino({ name, level, base: { name } }, { write });
  }

  /** Closes the file; what still comes, such as the last words of a process, is only printed. Idempotent. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A full disk must not end the game: that the file lacks lines is said once. */
  #append(record: LogRecord): void {
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, `${JSON.stringify(record)}\n`);
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      const msg = `the log file cannot be written: ${messageOf(error)}`;
      this.#print({ level: 50, time: Date.now(), name: "photinus", msg });
    }
  }

  #print(record: LogRecord): void {
    const { form, colours, print } = this.#options;
    print(`${form === "json" ? JSON.stringify(record) : humanLine(record, colours)}\n`);
  }
}

function openLogFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // Lines may tell of players. A file that is there keeps its mode, so that a group can be let in.
    return openSync(path, "a", 0o600);
  } catch (error) {
    const reason = messageOf(error);
    throw fail("FAILED_PRECONDITION", `the log file cannot be opened: ${reason}; name another as log.file`);
  }
}
