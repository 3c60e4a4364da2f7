import type { AuthLevel } from "../../api/protocol.ts";
import type { TicketBearer } from "../../api/ticket-handler.ts";

/** User that an accepted ticket proves. */
export interface Identity {
  /** Id of the user, 1 to 2^64 - 1. */
  readonly userId: bigint;
  /** Auth level that the session gets: "user" or "admin". */
  readonly auth: AuthLevel;
  /** When the ticket was issued, in ms since 1970-01-01 UTC. A revocation of the user refuses tickets issued before it. */
  readonly issuedAtMs: number;
  /** When the ticket expires, in ms since 1970-01-01 UTC; Infinity: never. */
  readonly expiresAtMs: number;
  /** Id of a ticket that is accepted once; "" for a ticket that may be presented again. */
  readonly ticketId: string;
}

/** Judges the tickets of clients. */
export interface Authenticator {
  /**
   * Judges one ticket. Rejects with a refusal of `ticketRefusal` (UNAUTHENTICATED), with UNAVAILABLE when the ticket cannot be judged
   * now, or with another PhotinusError that the client gets. Any other error reaches the client as INTERNAL, without its text.
   */
  judge(ticket: Uint8Array, about: TicketBearer): Promise<Identity>;
  /** Stops what the authenticator does in the background. */
  close?(): void;
}
