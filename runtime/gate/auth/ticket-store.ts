/** Revocation of the tickets of a user. */
export interface StoredRevocation {
  readonly userId: bigint;
  /** Tickets issued before this time are refused, in ms since 1970-01-01 UTC. */
  readonly notBeforeMs: number;
}

/** Keeps what must survive a restart of all gates: revocations, and ids of tickets that are accepted once. */
export interface TicketStore {
  /** Loads the revocations of a time and later. */
  revocations(sinceMs: number): Promise<readonly StoredRevocation[]>;
  /** Stores revocations. Of two of one user, the later time stays. Resolves once they are durable. */
  revoke(revocations: readonly StoredRevocation[]): Promise<void>;
  /** Stores the id of a ticket. Resolves with false when it is stored already, by any gate. */
  use(ticketId: string, expiresAtMs: number): Promise<boolean>;
  /** Removes ids that have expired, and revocations before a time. */
  forget(nowMs: number, revokedBeforeMs: number): Promise<void>;
  /** Closes the store. */
  close(): Promise<void>;
}

/** Store in the memory of one process: for tests, and for gates without tables. */
export class MemoryTicketStore implements TicketStore {
  readonly #revocations = new Map<bigint, number>();
  readonly #used = new Map<string, number>();

  async revocations(sinceMs: number): Promise<StoredRevocation[]> {
    const all = [...this.#revocations].map(([userId, notBeforeMs]) => ({ userId, notBeforeMs }));
    return all.filter(({ notBeforeMs }) => notBeforeMs >= sinceMs);
  }

  async revoke(revocations: readonly StoredRevocation[]): Promise<void> {
    for (const { userId, notBeforeMs } of revocations) {
      this.#revocations.set(userId, Math.max(notBeforeMs, this.#revocations.get(userId) ?? 0));
    }
  }

  async use(ticketId: string, expiresAtMs: number): Promise<boolean> {
    if (this.#used.has(ticketId)) return false;
    this.#used.set(ticketId, expiresAtMs);
    return true;
  }

  async forget(nowMs: number, revokedBeforeMs: number): Promise<void> {
    for (const [id, expiresAtMs] of this.#used) if (expiresAtMs <= nowMs) this.#used.delete(id);
    for (const [user, notBefore] of this.#revocations) {
      if (notBefore < revokedBeforeMs) this.#revocations.delete(user);
    }
  }

  async close(): Promise<void> {}
}
