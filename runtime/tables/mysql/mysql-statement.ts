import type { PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { packetTooLarge } from "./mysql-error.ts";
import { withoutValues } from "./server-error.ts";

/** Value of a placeholder. */
export type SqlValue = bigint | number | string | boolean | Uint8Array | null;

/**
 * The driver's constructors of typed parameters. Passed around, because the driver's getter for them costs a lookup on each
 * access.
 */
export type Types = typeof import("mysql2/promise")["TypedParameter"];

/** Runs a prepared query. Resolves with rows as arrays of values. */
export async function rowsOf(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<unknown[][]> {
  try {
    const [rows] = await on.execute(sql, bound(types, values));
    return rows as unknown[][];
  } catch (error) {
    throw withoutValues(error);
  }
}

/** Runs a prepared statement. Resolves with the number of changed rows. */
export async function changedBy(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<number> {
  await refuseLarge(on, values);
  try {
    const [result] = await on.execute<ResultSetHeader>(sql, bound(types, values));
    return result.affectedRows;
  } catch (error) {
    throw withoutValues(error);
  }
}

/** Statement size that every server accepts, bytes. */
const alwaysTaken = 512 << 10;

/** Throws MySQL's error for values larger than `max_allowed_packet`, because MySQL would also close the connection. */
async function refuseLarge(on: PoolConnection, values: readonly SqlValue[]): Promise<void> {
  if (bytesOf(values, (text) => text.length * 3) <= alwaysTaken) return;
  const bytes = bytesOf(values, Buffer.byteLength);
  const [[[most] = []]] = await on.query<RowDataPacket[][]>("SELECT @@max_allowed_packet");
  if (bytes <= Number(most)) return;
  const reason = `the values take ${bytes} bytes, but MySQL's max_allowed_packet is ${most}`;
  throw Object.assign(new Error(reason), { errno: packetTooLarge });
}

/** Upper bound of the bytes that the values take in a packet, with their headers. */
function bytesOf(values: readonly SqlValue[], ofText: (text: string) => number): number {
  let bytes = 32;
  for (const value of values) {
    bytes += 12;
    if (typeof value === "string") bytes += ofText(value);
    else if (value instanceof Uint8Array) bytes += value.length;
  }
  return bytes;
}

type Bound = Parameters<PoolConnection["execute"]>[1];

/**
 * Converts values for the driver, which would send a bigint as a text that MySQL compares as a float. An integer that a
 * double holds exactly is sent as a double, which integer columns and their indexes accept: a typed parameter costs ten
 * times as much. Where MySQL 8 does not accept a double, as in LIMIT, it declares the type when it prepares the statement,
 * and the driver follows.
 */
function bound({ LONGLONG }: Types, values: readonly SqlValue[]): Bound {
  return values.map((value) => {
    if (typeof value === "bigint") {
      if (value <= maxSafe && value >= -maxSafe) return Number(value);
      return value < 0n ? LONGLONG(value) : LONGLONG.unsigned(value);
    }
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return value;
  }) as Bound;
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);
