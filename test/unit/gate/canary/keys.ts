import { createHash } from "node:crypto";

/** A key of a route by hash: 32 bits of SHA-256, which no mix of the gate resembles. */
export function hash32(n: number): number {
  return createHash("sha256").update(String(n)).digest().readUInt32LE(0);
}
