import { fnvOfText } from "../../../schema/fnv.ts";

/** A candidate of rendezvous hashing, with the hash of its name. */
export interface RendezvousMember {
  readonly seed: number;
}

/** The seed of a name: FNV-1a, 32 bits without a sign, over its UTF-16 code units. */
export function hashName(name: string): number {
  return fnvOfText(name) >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of both. */
function weight(key: number, seed: number): number {
  let h = key ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h + seed, 0x9e3779b1);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): the member with the highest weight for the key. When a member comes or
 * goes, only its own keys move, and every gate decides alike without asking the others.
 */
export function choose<M extends RendezvousMember>(members: readonly M[], key: number): M | undefined {
  let best = members[0];
  if (members.length < 2 || best === undefined) return best;
  let highest = weight(key, best.seed);
  for (let at = 1; at < members.length; at++) {
    const member = members[at]!;
    const candidate = weight(key, member.seed);
    if (candidate > highest) {
      highest = candidate;
      best = member;
    }
  }
  return best;
}
