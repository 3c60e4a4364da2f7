import { fail, isPhotinusError } from "../../../../schema/errors.ts";
import { grantNumbers, nextNumbers, skipNumbers } from "../../lua/generated/lua-scripts.ts";
import { formerNamesOf } from "../../migrate/renamed-tables.ts";
import type { ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoreCore } from "../store-core.ts";

/** Numbers per grant of MySQL. */
const blockCount = 10_000n;
/** Numbers of a sequence stay below 2^53 - 1; rows with greater numbers do not affect the sequence. */
const endOfNumbers = 2n ** 53n - 1n;

/** Maximum numbers per call. */
const batchCount = 256;
/** Maximum callers per table that wait for a number. */
const queueCount = 65_536;
const rounds = 8;

interface Caller {
  resolve(number: ColumnValue): void;
  reject(error: unknown): void;
}

/** Callers that wait for numbers of a table. */
interface Asked {
  readonly waiting: Caller[];
  isUnderWay: boolean;
}

/** Statement that creates the table of granted ceilings: one row for each sequence. */
export const createSequences =
  "CREATE TABLE IF NOT EXISTS `photinus_sequence` (`name` varbinary(190) NOT NULL PRIMARY KEY, `ceiling` bigint unsigned NOT NULL) ENGINE=InnoDB";

/**
 * Numbers for auto increment. Redis hands them out from ranges that MySQL grants. No number is used twice, whatever is lost
 * or killed; some numbers may be skipped.
 */
export class Sequences {
  readonly #core: StoreCore;
  readonly #granting = new Map<string, Promise<void>>();
  readonly #asked = new Map<TableLayout, Asked>();

  constructor(core: StoreCore) {
    this.#core = core;
  }

  /**
   * Takes the next number, as a value of the table's column. Concurrent callers share a call. Throws RESOURCE_EXHAUSTED when
   * too many callers wait.
   */
  next(table: TableLayout): Promise<ColumnValue> {
    const { promise, resolve, reject } = Promise.withResolvers<ColumnValue>();
    let asked = this.#asked.get(table);
    if (asked === undefined) {
      asked = { waiting: [], isUnderWay: false };
      this.#asked.set(table, asked);
    }
    if (asked.waiting.length >= queueCount)
      throw fail("RESOURCE_EXHAUSTED", `too many creates of ${table.name} wait for an auto-increment number`);
    asked.waiting.push({ resolve, reject });
    if (!asked.isUnderWay) {
      asked.isUnderWay = true;
      setImmediate(() => void this.#give(table, asked));
    }
    return promise;
  }

  async #give(table: TableLayout, asked: Asked): Promise<void> {
    while (asked.waiting.length > 0) {
      const callers = asked.waiting.splice(0, batchCount);
      try {
        await this.#giveTo(table, callers);
      } catch (error) {
        // When a server is unreachable, waiting callers fail too: otherwise each batch would wait for its own timeout.
        const isAway = isPhotinusError(error) && error.code === "UNAVAILABLE";
        for (const { reject } of isAway ? [...callers, ...asked.waiting.splice(0)] : callers) reject(error);
      }
    }
    asked.isUnderWay = false;
  }

  /** Serves callers in order; each promise resolves once its number is known. */
  async #giveTo(table: TableLayout, callers: Caller[]): Promise<void> {
    const { redis, names } = this.#core;
    for (let round = 0; round < rounds; round++) {
      const reply = await redis.run(nextNumbers, [names.sequence(table)], [callers.length]);
      if (Array.isArray(reply)) {
        const [last, left, count] = reply as [Buffer, number, number];
        // Early enough that creates continue while MySQL is unreachable for a while.
        if (left < blockCount / 2n) this.#grant(table, 0n).catch(() => undefined);
        const first = BigInt(last.toString()) - BigInt(count - 1);
        for (const [at, caller] of callers.splice(0, count).entries()) {
          try {
            caller.resolve(this.valueOf(table, first + BigInt(at)));
          } catch (error) {
            caller.reject(error);
          }
        }
        if (callers.length === 0) return;
      } else await this.#grant(table, 0n);
    }
    throw fail("ABORTED", `auto-increment numbers of ${table.name} are used faster than MySQL grants them`);
  }

  /** Lets MySQL grant numbers when less than half a block is left. */
  async prepare(table: TableLayout): Promise<void> {
    const { redis, names } = this.#core;
    const reply = await redis.run(nextNumbers, [names.sequence(table)], [0]);
    const left = Array.isArray(reply) ? (reply as [Buffer, number])[1] : 0;
    if (left < blockCount / 2n) await this.#grant(table, 0n);
  }

  /** Keeps the sequence from handing out a number that a caller chose. */
  async skip(table: TableLayout, chosen: ColumnValue): Promise<void> {
    if (typeof chosen !== "bigint" && typeof chosen !== "number") return;
    if (chosen < 1 || chosen > endOfNumbers - blockCount) return;
    const { redis, names } = this.#core;
    for (let round = 0; round < rounds; round++) {
      if ((await redis.run(skipNumbers, [names.sequence(table)], [String(chosen)])) === 1) return;
      await this.#grant(table, BigInt(chosen));
    }
    throw fail("ABORTED", `auto-increment numbers of ${table.name} are used faster than MySQL grants them`);
  }

  #grant(table: TableLayout, atLeast: bigint): Promise<void> {
    const name = `${table.name}>${atLeast}`;
    const known = this.#granting.get(name);
    if (known !== undefined) return known;
    const granting = this.#grantNow(table, atLeast).finally(() => this.#granting.delete(name));
    this.#granting.set(name, granting);
    return granting;
  }

  async #grantNow(table: TableLayout, atLeast: bigint): Promise<void> {
    const { redis, tables, names, options } = this.#core;
    const column = table.columns[table.autoIncrement]!.name;
    const [before, last] = await tables.transaction(table, async (statements) => {
      const name = `${options.prefix}/${table.name}`;
      // The INSERT locks the row at once. With a shared lock first, two transactions would deadlock.
      await statements.run(
        "INSERT INTO `photinus_sequence` (`name`, `ceiling`) VALUES (?, 0) ON DUPLICATE KEY UPDATE `ceiling` = `ceiling`",
        [name],
      );
      const held = await statements.rows(
        "SELECT `ceiling` FROM `photinus_sequence` WHERE `name` = ? FOR UPDATE",
        [name],
      );
      // The table may have had another name, or Redis another prefix.
      const called = [table.name, ...formerNamesOf(table)];
      const given = await statements.rows(
        `SELECT MAX(\`ceiling\`) FROM \`photinus_sequence\` WHERE SUBSTRING_INDEX(\`name\`, '/', -1) IN (${called.map(() => "?").join(", ")})`,
        called,
      );
      // Rows may have been written by other programs.
      const used = await statements.rows(
        `SELECT MAX(\`${column}\`) FROM \`${table.name}\` WHERE \`${column}\` <= ?`,
        [endOfNumbers - blockCount],
      );
      const most = [
        BigInt(String(held[0]?.[0] ?? 0)),
        BigInt(String(given[0]?.[0] ?? 0)),
        BigInt(String(used[0]?.[0] ?? 0)),
        atLeast,
      ];
      const start = most.reduce((a, b) => (a > b ? a : b));
      const end = start + blockCount;
      await statements.run("UPDATE `photinus_sequence` SET `ceiling` = ? WHERE `name` = ?", [end, name]);
      return [start, end];
    });
    await redis.run(grantNumbers, [names.sequence(table)], [String(before), String(last)]);
  }

  /**
   * Converts a number to a value of the auto-increment column. Throws RESOURCE_EXHAUSTED when the column cannot hold the
   * number.
   */
  valueOf(table: TableLayout, number: bigint): ColumnValue {
    const { kind } = table.columns[table.autoIncrement]!;
    const isBig = kind === "int64" || kind === "uint64";
    if (number > mostOf(table))
      throw fail(
        "RESOURCE_EXHAUSTED",
        `auto-increment numbers of ${table.name} are used up; the next number does not fit the column`,
      );
    return isBig ? number : Number(number);
  }
}

/** Greatest number that the auto-increment column of a table can hold. */
export function mostOf(table: TableLayout): bigint {
  const { kind } = table.columns[table.autoIncrement]!;
  return kind === "int32" ? 2n ** 31n - 1n : kind === "uint32" ? 2n ** 32n - 1n : endOfNumbers;
}
