import type { ErrorCode } from "../../../schema/errors.ts";

/** Message to a worker thread. */
export interface HeavyTask {
  /** URL of the user's module. */
  readonly module: string;
  readonly request: unknown;
}

/** Answer of a worker thread: the reply, the module's PhotinusError as plain data, or the stack of any other error. */
export type HeavyOutcome =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string; readonly retryAfterMs: number }
  | { readonly ok: false; readonly cause: string };
