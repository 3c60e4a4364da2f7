import { isRecord } from "../../options/option-rules.ts";

/** Log record in pino's form. */
export interface LogRecord {
  /** 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
  readonly level: number;
  /** Unix time, in ms. */
  readonly time: number;
  /** Name of the gate, node or program that wrote the record. */
  readonly name: string;
  readonly msg: string;
  readonly [detail: string]: unknown;
}

/** Converts an output line of a process into a record: parses a log line, and wraps any other text (stderr as a warning). */
export function recordOf(
  name: string,
  stream: "stdout" | "stderr",
  line: string,
  wall: () => number,
): LogRecord {
  if (line.startsWith("{")) {
    try {
      const value: unknown = JSON.parse(line);
      if (isRecord(value) && typeof value["level"] === "number" && typeof value["msg"] === "string") {
        const time = typeof value["time"] === "number" ? value["time"] : wall();
        return { ...value, level: value["level"], time, name, msg: value["msg"] };
      }
    } catch {
      // The line only looks like JSON.
    }
  }
  return { level: stream === "stderr" ? 40 : 30, time: wall(), name, msg: line, stream };
}
