/** Client that presents a ticket. Both texts come from the client, or depend on it. */
export interface TicketBearer {
  /** Name that the client has sent in its Hello: "meadow-web/1.2". */
  readonly client: string;
  /** Address of the client: "192.0.2.7:53122". */
  readonly remote: string;
}

/** User that a ticket proves. */
export interface TicketUser {
  /** Id of the user, 1 to 2^64 - 1. */
  readonly userId: bigint;
  /** Auth level that the session gets. Default "user". */
  readonly auth?: "user" | "admin";
  /** When the ticket expires, in ms since 1970-01-01 UTC. The session ends then, unless it gets a fresh ticket. Default: never. */
  readonly expiresAtMs?: number;
  /** When the ticket was issued, in ms since 1970-01-01 UTC, for revocations. Default: now. */
  readonly issuedAtMs?: number;
  /** Id of a ticket that the gates accept once. Default: the ticket may be presented again. */
  readonly ticketId?: string;
}

/**
 * Judges the ticket of a client. Throws a `PhotinusError` to refuse the ticket, which the client gets with code and reason; any other
 * error is logged, and reaches the client as INTERNAL.
 */
export type TicketHandler = (ticket: Uint8Array, about: TicketBearer) => TicketUser | Promise<TicketUser>;
