/**
 * The log port: what every part of Photinus writes to. A pino logger fits it as it is. Details come first and the message
 * is a constant sentence, so that lines can be grouped by message.
 */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
  /** A logger that adds these fields to each of its lines. */
  child(bindings: object): Logger;
}

/** Writes nothing. */
export const silentLogger: Logger = Object.freeze({
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
});
