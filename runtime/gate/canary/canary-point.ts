import { fnvOfText } from "../../../schema/fnv.ts";

/** Number of points that keys are spread over. A share is a number of them: hundredths of a percent. */
export const canaryPoints = 10_000;

/**
 * Returns the point of a key: a canary pool takes the keys whose points are below its share. A larger share keeps all keys of a smaller
 * one. The mix (lowbias32 by Wellons) differs from the one of rendezvous hashing, so that the keys of a pool spread evenly over its nodes.
 */
export function canaryPoint(key: number): number {
  let h = key ^ 0x5bd1e995;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) % canaryPoints;
}

/** Returns the point of a user. */
export function pointOfUser(userId: bigint): number {
  const low = Number(userId & 0xffff_ffffn);
  const high = Number(userId >> 32n);
  return canaryPoint(Math.imul(high, 0x9e3779b1) ^ low);
}

/** Returns the point of a session without a user. Its id stays after a resume, and when it moves to another gate. */
export function pointOfSession(id: string): number {
  return canaryPoint(fnvOfText(id));
}
