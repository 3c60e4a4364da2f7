import { messageOf } from "../../schema/errors.ts";

/** Receives the lines that a command prints. */
export interface Output {
  /** Prints a line of the result. */
  print(line: string): void;
  /** Prints a line of a diagnostic, warning or error. */
  complain(line: string): void;
}

/** Prints results to standard output, and diagnostics and errors to standard error. */
export const standardOutput: Output = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
};

/** Prints the message of an error, without its stack trace. */
export function complainOf(error: unknown, output: Output): void {
  output.complain(`error: ${messageOf(error)}`);
}
