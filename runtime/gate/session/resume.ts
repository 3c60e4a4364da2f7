import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { TokenHashes } from "./resume-tokens.ts";
import type { SendWindow } from "./send-window.ts";

/** What a resumable session keeps beyond its connection. */
export interface Resume {
  /** Replaced when a session arrives from another gate. */
  window: SendWindow;
  /** Fingerprint of the client's schema. */
  readonly schema: string;
  tokens: TokenHashes | undefined;
  /** Number of notifies that have arrived, modulo 2^32. */
  notifyCount: number;
  /** Deadline of a session without a connection; 0 for a connected session. */
  deadline: DeadlineHandle;
}
