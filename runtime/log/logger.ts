/**
 * Log port of Photinus. A pino logger implements it. Details come first; the message is a constant text, so that lines can be
 * grouped by message.
 */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
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
