import type { ErrorCode } from "../../../schema/errors.ts";

/** What goes to a worker thread. */
export interface HeavyTask {
  /** URL of the user's module. */
  readonly module: string;
  readonly request: unknown;
}

/** What comes back: a reply, an error with a code that the module threw on purpose, or the stack of another error. */
export type HeavyOutcome =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly code: ErrorCode; readonly reason: string; readonly retryAfterMs: number }
  | { readonly ok: false; readonly cause: string };
