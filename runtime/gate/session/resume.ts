import type { DeadlineHandle } from "../../clock/deadlines.ts";
import type { ClientWire } from "./gate-session.ts";
import type { TokenHashes } from "./resume-tokens.ts";
import type { MessageWriter, SendWindow } from "./send-window.ts";

/** Output of one connection that speaks the session protocol. */
export interface SessionOutput extends ClientWire, MessageWriter {}

/** Wire that outlives its connection. */
export interface DetachableWire {
  /** Stops writing: the connection is lost. */
  detach(): void;
  /** Continues on a new connection: sends what the client lacks again, in its first order. */
  attach(out: SessionOutput): void;
}

/** What a resumable session keeps beyond its connection. */
export interface Resume {
  readonly window: SendWindow;
  readonly wire: DetachableWire;
  /** Fingerprint of the client's schema. */
  readonly schema: string;
  tokens: TokenHashes | undefined;
  /** Number of notifies that have arrived, modulo 2^32. */
  notifyCount: number;
  /** Deadline of a session without a connection; 0 for a connected session. */
  deadline: DeadlineHandle;
}
