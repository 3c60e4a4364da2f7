import { isRecord } from "../../options/option-rules.ts";

/** A line of a log, in pino's form. */
export interface LogRecord {
  /** 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
  readonly level: number;
  /** Unix milliseconds. */
  readonly time: number;
  /** The process that it comes from. */
  readonly name: string;
  readonly msg: string;
  readonly [detail: string]: unknown;
}

/** What a process wrote: a log line of ours stays as it is, anything else becomes one. */
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
      // It only looks like JSON.
    }
  }
  return { level: stream === "stderr" ? 40 : 30, time: wall(), name, msg: line, stream };
}
