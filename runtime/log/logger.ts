/**
 * Log port of Photinus. A pino logger implements it. Details come first; the message is a constant text, so that lines can be
 * grouped by message.
 */
export interface Logger {
  /** Logs a line for the analysis of a problem; usually disabled in production. */
  debug(details: object, message: string): void;
  /** Logs a normal event, such as a node that joined. */
  info(details: object, message: string): void;
  /** Logs a problem that the process handles itself, such as a lost link. */
  warn(details: object, message: string): void;
  /** Logs a fault that a person should look into, such as a handler that threw. */
  error(details: object, message: string): void;
  /** Makes a logger that adds these fields to each line. */
  child(bindings: object): Logger;
}

/** Logger that discards all lines. */
export const silentLogger: Logger = Object.freeze({
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
});
