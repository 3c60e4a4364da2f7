import { Database, type DatabaseOptions } from "../mysql/mysql-database.ts";

/** Latest time that a column can hold; a ticket that never expires has this one. */
const latestMs = 8_640_000_000_000_000;

const tables = Object.freeze([
  `CREATE TABLE IF NOT EXISTS photinus_revocation (
    user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
    not_before_ms BIGINT UNSIGNED NOT NULL
  ) ENGINE = InnoDB`,
  `CREATE TABLE IF NOT EXISTS photinus_used_ticket (
    id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    expires_ms BIGINT UNSIGNED NOT NULL,
    KEY photinus_used_ticket_expiry (expires_ms)
  ) ENGINE = InnoDB`,
]);

/** Options of {@link MysqlTickets.open}. */
export interface MysqlTicketsOptions extends DatabaseOptions {
  /** Whether missing tables are created. */
  readonly createTables: boolean;
}

/** Revocations and ids of used tickets in a MySQL database, shared by all gates. */
export class MysqlTickets {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Connects to the database. Throws as {@link Database.open} does. */
  static async open(options: MysqlTicketsOptions): Promise<MysqlTickets> {
    const database = await Database.open(options);
    try {
      for (const table of options.createTables ? tables : []) await database.run(table, []);
      return new MysqlTickets(database);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async revocations(sinceMs: number): Promise<{ userId: bigint; notBeforeMs: number }[]> {
    const sql = "SELECT user_id, not_before_ms FROM photinus_revocation WHERE not_before_ms >= ?";
    const rows = await this.#database.rows(sql, [whole(sinceMs)]);
    return rows.map(([userId, notBeforeMs]) => ({
      userId: BigInt(String(userId)),
      notBeforeMs: Number(notBeforeMs),
    }));
  }

  async revoke(
    revocations: readonly { readonly userId: bigint; readonly notBeforeMs: number }[],
  ): Promise<void> {
    const sql = `INSERT INTO photinus_revocation (user_id, not_before_ms) VALUES (?, ?)
      ON DUPLICATE KEY UPDATE not_before_ms = GREATEST(not_before_ms, VALUES(not_before_ms))`;
    await this.#database.transaction(async (statements) => {
      for (const { userId, notBeforeMs } of revocations)
        await statements.run(sql, [userId, whole(notBeforeMs)]);
    });
  }

  async use(ticketId: string, expiresAtMs: number): Promise<boolean> {
    const sql = "INSERT IGNORE INTO photinus_used_ticket (id, expires_ms) VALUES (?, ?)";
    return (await this.#database.run(sql, [ticketId, whole(expiresAtMs)])) === 1;
  }

  async forget(nowMs: number, revokedBeforeMs: number): Promise<void> {
    await this.#database.run("DELETE FROM photinus_used_ticket WHERE expires_ms <= ?", [whole(nowMs)]);
    await this.#database.run("DELETE FROM photinus_revocation WHERE not_before_ms < ?", [
      whole(revokedBeforeMs),
    ]);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}

/** Rounds a time up: a ticket issued before it stays refused, an id stays stored until its ticket has expired. */
function whole(ms: number): bigint {
  return BigInt(Math.ceil(Math.min(Math.max(0, ms), latestMs)));
}
