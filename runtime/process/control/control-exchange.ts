import { isRecord } from "../../options/option-rules.ts";
import type { StatusReport } from "../supervisor/status-report.ts";

/** One JSON line each way, then the connection is closed. */
export interface ControlRequest {
  readonly token: string;
  readonly ask: "status" | "stop";
}

export type ControlAnswer =
  | { readonly ok: true; readonly status?: StatusReport }
  | { readonly ok: false; readonly reason: string };

/** The longest request, in bytes: a token and a word. */
export const maxRequestBytes = 1024;
/** The longest answer, in bytes: the status of a thousand processes. */
export const maxAnswerBytes = 4 * 1024 * 1024;
/** How long one side waits for the other's line. */
export const exchangeTimeoutMs = 5000;

/** The request that a line is; undefined when it is none. */
export function readRequest(line: string): ControlRequest | undefined {
  const value = readLine(line);
  if (!isRecord(value)) return undefined;
  const { token, ask } = value;
  if (typeof token !== "string" || (ask !== "status" && ask !== "stop")) return undefined;
  return { token, ask };
}

/** The answer that a line is; undefined when it is none. */
export function readAnswer(line: string): ControlAnswer | undefined {
  const value = readLine(line);
  return isRecord(value) && typeof value["ok"] === "boolean"
    ? (value as unknown as ControlAnswer)
    : undefined;
}

function readLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
