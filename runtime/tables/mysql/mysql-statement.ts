import type { PoolConnection, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import { packetTooLarge } from "./mysql-error.ts";

/** A value as a placeholder takes it. */
export type SqlValue = bigint | number | string | boolean | Uint8Array | null;

/** The driver's makers of typed parameters. Its module has them behind a getter that costs a lookup each time. */
export type Types = typeof import("mysql2/promise")["TypedParameter"];

/** A prepared statement's rows, each with its values in order. */
export async function rowsOf(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<unknown[][]> {
  const [rows] = await on.execute(sql, bound(types, values));
  return rows as unknown[][];
}

/** How many rows a prepared statement changed. */
export async function changedBy(
  types: Types,
  on: PoolConnection,
  sql: string,
  values: readonly SqlValue[],
): Promise<number> {
  await refuseLarge(on, values);
  const [result] = await on.execute<ResultSetHeader>(sql, bound(types, values));
  return result.affectedRows;
}

/** Bytes that every server takes in one statement. */
const alwaysTaken = 512 << 10;

/** Throws what MySQL would say to more values than it takes at once; it would end the connection too. */
async function refuseLarge(on: PoolConnection, values: readonly SqlValue[]): Promise<void> {
  if (bytesOf(values, (text) => text.length * 3) <= alwaysTaken) return;
  const bytes = bytesOf(values, Buffer.byteLength);
  const [[[most] = []]] = await on.query<RowDataPacket[][]>("SELECT @@max_allowed_packet");
  if (bytes <= Number(most)) return;
  const reason = `the values take ${bytes} bytes, and MySQL's max_allowed_packet is ${most}`;
  throw Object.assign(new Error(reason), { errno: packetTooLarge });
}

/** What the values take in a packet, at most, with what stands around them. */
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
 * Values as the driver takes them. It would send a bigint as a text, which MySQL compares as a float. Whole numbers that a
 * double holds exactly go as doubles, which columns of integers take as they are, by their indexes too: a typed parameter
 * costs ten times as much. Where MySQL 8 takes no double, as in a LIMIT, it says so when it prepares the statement, and the
 * driver heeds it.
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
