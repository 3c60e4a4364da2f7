import { fnvOfText } from "../../../schema/fnv.ts";

/** Candidate of rendezvous hashing. */
export interface RendezvousMember {
  /** Hash of the member's name: {@link hashName}. */
  readonly seed: number;
}

/** Returns the seed of a name: FNV-1a over its UTF-16 code units, an unsigned 32-bit number. */
export function hashName(name: string): number {
  return fnvOfText(name) >>> 0;
}

/** Mixes key and seed by the finalizer of MurmurHash3: each bit of the result depends on all bits of both. */
function weight(key: number, seed: number): number {
  let h = key ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h + seed, 0x9e3779b1);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * Returns the member with the highest weight for the key; undefined without members. Rendezvous hashing (Thaler and
 * Ravishankar, 1998): when a member joins or leaves, only its own keys move. All gates choose alike without coordination.
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
