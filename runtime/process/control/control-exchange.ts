import { type ErrorCode, errorCodes } from "../../../schema/errors.ts";
import { releaseRule } from "../../gate/entrance/client-releases.ts";
import { isAccepted, isRecord } from "../../options/option-rules.ts";
import type { CanaryChange } from "../supervisor/canary-settings.ts";
import type { Restarted, StatusReport } from "../supervisor/status-report.ts";

/**
 * Request over the control socket: one line of JSON. The last line of the other side is the answer, after which the connection
 * closes.
 */
export type ControlRequest = { readonly token: string } & ControlAsk;

/** Command of a request. */
export type ControlAsk =
  | { readonly ask: "status" | "stop" }
  /** With the name of a gate or node, or without one for all nodes. */
  | { readonly ask: "restart"; readonly name?: string }
  /** Sets the least release of clients that may enter. */
  | { readonly ask: "clients"; readonly minRelease: number }
  /** Changes what canary nodes take. */
  | { readonly ask: "canary"; readonly change: CanaryChange };

/** Answer over the control socket; `status` answers a status request. A failed command has a `code`, a rejected request none. */
export type ControlAnswer =
  | { readonly ok: true; readonly status?: StatusReport }
  | { readonly ok: false; readonly reason: string; readonly code?: ErrorCode };

/** Line before the answer to a restart: one process is done. */
export interface ControlProgress {
  readonly restarted: Restarted;
}

/** Longest request, in bytes: a token, and a change of a canary with the longest list of users. */
export const maxRequestBytes = 32 * 1024;
/** Longest answer, in bytes: the status of about a thousand processes. */
export const maxAnswerBytes = 4 * 1024 * 1024;
/** How long each side waits for the line of the other side, in ms. A restart has no such limit after its request. */
export const exchangeTimeoutMs = 5000;

/** Whether a value is the number of a release, or 0 for none. */
export function isRelease(value: unknown): value is number {
  return isAccepted(releaseRule, value);
}

/** Parses a request line; returns undefined for an invalid line. */
export function readRequest(line: string): ControlRequest | undefined {
  const value = readLine(line);
  if (!isRecord(value)) return undefined;
  const { token, ask, name, minRelease, change } = value;
  if (typeof token !== "string") return undefined;
  if (ask === "status" || ask === "stop") return { token, ask };
  if (ask === "clients") return isRelease(minRelease) ? { token, ask, minRelease } : undefined;
  if (ask === "canary") return isCanaryChange(change) ? { token, ask, change } : undefined;
  if (ask !== "restart") return undefined;
  if (name === undefined) return { token, ask };
  return typeof name === "string" ? { token, ask, name } : undefined;
}

/** Whether a value has the form of a change; percentage and ids are checked with the nodes. */
function isCanaryChange(value: unknown): value is CanaryChange {
  if (!isRecord(value) || typeof value["name"] !== "string") return false;
  const { percent, users } = value;
  const isList = Array.isArray(users) && users.every((user) => typeof user === "string");
  return (percent === undefined || typeof percent === "number") && (users === undefined || isList);
}

/** Parses a line of progress; returns undefined for any other line. */
export function readProgress(line: string): ControlProgress | undefined {
  const value = readLine(line);
  return isRecord(value) && isRecord(value["restarted"]) ? (value as unknown as ControlProgress) : undefined;
}

/** Returns the code of a failed command; undefined for a rejected request and for an unknown code. */
export function codeOf({ code }: ControlAnswer & { ok: false }): ErrorCode | undefined {
  return code !== undefined && Object.hasOwn(errorCodes, code) ? code : undefined;
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
