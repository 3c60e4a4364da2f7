import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Logger as PinoLogger, pino } from "pino";
import { fail, messageOf } from "../../../schema/errors.ts";
import type { LogLevel } from "../topology/topology.ts";
import { logSerializers } from "./error-record.ts";
import { humanLine } from "./human-line.ts";
import type { LogRecord } from "./log-record.ts";

/** Options of a {@link LogOutput}. */
export interface LogOutputOptions {
  /** "human" for a terminal; "json" for a log collector, one object a line. */
  readonly form: "human" | "json";
  /** Whether lines have ANSI colours. */
  readonly colours: boolean;
  /** Path of a file that receives every record as a line of JSON; undefined for no file. */
  readonly file: string | undefined;
  /** Writes text to the standard output. */
  readonly print: (text: string) => void;
}

/** Log of a topology: prints the records of all processes, and appends them to the log file. */
export class LogOutput {
  readonly #options: LogOutputOptions;
  #file: number | undefined;
  #failed = false;

  /** Throws FAILED_PRECONDITION when the log file cannot be opened. */
  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#file = options.file === undefined ? undefined : openLogFile(options.file);
  }

  /** Prints a record, and appends it to the file. */
  write(record: LogRecord): void {
    this.#append(record);
    this.#print(record);
  }

  /** Prints text for a person, such as the banner; with the form "json" prints the record instead. */
  announce(text: string, record: LogRecord): void {
    this.#append(record);
    if (this.#options.form === "json") this.#print(record);
    else this.#options.print(text);
  }

  /** Makes a pino logger that writes to this log. */
  logger(name: string, level: LogLevel): PinoLogger {
    const write = (line: string) => this.write(JSON.parse(line) as LogRecord);
    return pino({ name, level, base: { name }, serializers: logSerializers }, { write });
  }

  /** Closes the file. Later records, such as the last lines of a process, are only printed. Idempotent. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Appends a record to the file. A full disk must not end the game, so only the first failure is logged. */
  #append(record: LogRecord): void {
    if (this.#file === undefined) return;
    try {
      writeSync(this.#file, `${JSON.stringify(record)}\n`);
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      const msg = `log file write failed: ${messageOf(error)}`;
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
    // Log lines may hold data of players. An existing file keeps its mode, so that an operator can give a group access.
    return openSync(path, "a", 0o600);
  } catch (error) {
    const reason = messageOf(error);
    throw fail("FAILED_PRECONDITION", `cannot open the log file: ${reason}; set another path as log.file`);
  }
}
