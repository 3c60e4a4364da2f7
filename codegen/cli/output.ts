import { messageOf } from "../../schema/errors.ts";

/** Where a command's lines go. */
export interface Output {
  /** Results. */
  print(line: string): void;
  /** Diagnostics and errors. */
  complain(line: string): void;
}

export const standardOutput: Output = {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
};

/** Prints an error as a user reads it: the message, and no stack trace. */
export function complainOf(error: unknown, output: Output): void {
  output.complain(`error: ${messageOf(error)}`);
}
