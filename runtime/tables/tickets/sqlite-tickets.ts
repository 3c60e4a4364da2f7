import { fail, messageOf } from "../../../schema/errors.ts";
import { openWithLog } from "../sqlite/open-with-log.ts";
import type { Synchronous } from "../sqlite/sqlite-connection.ts";
import { makePrivateFile } from "../sqlite/sqlite-file.ts";

/** How long a statement waits for the gates of other processes, in ms; it blocks the thread. */
const busyMs = 1_000;

const tables = `
  CREATE TABLE IF NOT EXISTS photinus_revocation (user_id TEXT PRIMARY KEY, not_before_ms REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS photinus_used_ticket (id TEXT PRIMARY KEY, expires_ms REAL NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS photinus_used_ticket_expiry ON photinus_used_ticket (expires_ms);
`;

/** Revocations and ids of used tickets in a SQLite file, shared by the gates of one machine. */
export class SqliteTickets {
  readonly #database: ReturnType<typeof openWithLog>;

  /** Opens the file; creates it when missing. Throws UNAVAILABLE when that fails. */
  constructor(file: string, synchronous: Synchronous) {
    makePrivateFile(file);
    try {
      this.#database = openWithLog(file, busyMs);
      this.#database.exec(`PRAGMA synchronous = ${synchronous === "full" ? "FULL" : "NORMAL"}`);
      this.#database.exec(tables);
    } catch (cause) {
      throw fail("UNAVAILABLE", `cannot open the store of tickets ${file}: ${messageOf(cause)}`, { cause });
    }
  }

  async revocations(sinceMs: number): Promise<{ userId: bigint; notBeforeMs: number }[]> {
    const rows = this.#database
      .prepare("SELECT user_id, not_before_ms FROM photinus_revocation WHERE not_before_ms >= ?")
      .all(sinceMs);
    return rows.map(({ user_id, not_before_ms }) => ({
      userId: BigInt(String(user_id)),
      notBeforeMs: Number(not_before_ms),
    }));
  }

  async revoke(
    revocations: readonly { readonly userId: bigint; readonly notBeforeMs: number }[],
  ): Promise<void> {
    const insert = this.#database.prepare(
      `INSERT INTO photinus_revocation VALUES (?, ?)
       ON CONFLICT (user_id) DO UPDATE SET not_before_ms = max(not_before_ms, excluded.not_before_ms)`,
    );
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const { userId, notBeforeMs } of revocations) insert.run(String(userId), notBeforeMs);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  async use(ticketId: string, expiresAtMs: number): Promise<boolean> {
    const { changes } = this.#database
      .prepare("INSERT INTO photinus_used_ticket VALUES (?, ?) ON CONFLICT (id) DO NOTHING")
      .run(ticketId, expiresAtMs);
    return Number(changes) === 1;
  }

  async forget(nowMs: number, revokedBeforeMs: number): Promise<void> {
    this.#database.prepare("DELETE FROM photinus_used_ticket WHERE expires_ms <= ?").run(nowMs);
    this.#database.prepare("DELETE FROM photinus_revocation WHERE not_before_ms < ?").run(revokedBeforeMs);
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}
