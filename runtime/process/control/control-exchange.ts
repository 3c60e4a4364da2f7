import { isRecord } from "../../options/option-rules.ts";
import type { StatusReport } from "../supervisor/status-report.ts";

/** Request over the control socket: one line of JSON each way, then the connection closes. */
export interface ControlRequest {
  readonly token: string;
  readonly ask: "status" | "stop";
}

/** Answer over the control socket; `status` answers a status request. */
export type ControlAnswer =
  | { readonly ok: true; readonly status?: StatusReport }
  | { readonly ok: false; readonly reason: string };

/** Longest request, in bytes: a token and the name of the request. */
export const maxRequestBytes = 1024;
/** Longest answer, in bytes: the status of about a thousand processes. */
export const maxAnswerBytes = 4 * 1024 * 1024;
/** How long each side waits for the line of the other side, in ms. */
export const exchangeTimeoutMs = 5000;

/** Parses a request line; returns undefined for an invalid line. */
export function readRequest(line: string): ControlRequest | undefined {
  const value = readLine(line);
  if (!isRecord(value)) return undefined;
  const { token, ask } = value;
  if (typeof token !== "string" || (ask !== "status" && ask !== "stop")) return undefined;
  return { token, ask };
}

/** Parses an answer line; returns undefined for an invalid line. */
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
