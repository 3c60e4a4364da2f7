import { fail } from "../../../schema/errors.ts";
import type { Link } from "../../rpc/link.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { GatePeer } from "../peers/gate-peer.ts";
import type { PeerAddress } from "../peers/peer-options.ts";
import { choose, hashName, type RendezvousMember } from "../route/rendezvous.ts";

/** Gate as a candidate for the ownership of a user. */
export interface OwnerCandidate extends RendezvousMember {
  readonly name: string;
}

/** Gates of a cluster, as one gate knows them. */
export interface KnownGates {
  /** Names of all gates, sorted. */
  readonly names: readonly string[];
  readonly candidates: readonly OwnerCandidate[];
  /** Returns the gates other than this one. */
  all(): GatePeer[];
}

/** Links of a gate to the other gates of its cluster. */
export interface PeerLinks extends KnownGates {
  events: PeerEvents;
  get(name: string): GatePeer | undefined;
  /** Replaces the list of gates, which may name this one. */
  set(addresses: readonly PeerAddress[]): void;
}

/** Events of the links to other gates. */
export interface PeerEvents {
  /** Called with each new link that the gate has welcomed. */
  onLinked(peer: GatePeer, link: Link): void;
}

const lowBits = 0xffff_ffffn;

/** Returns the candidates of a list of gates. */
export function candidatesOf(names: readonly string[]): OwnerCandidate[] {
  return names.map((name) => ({ name, seed: hashName(name) }));
}

/** Returns the name of the gate that owns a user: the one that rendezvous hashing names, reachable or not. */
export function ownerAmong(candidates: readonly OwnerCandidate[], userId: bigint): string {
  return choose(candidates, Number((userId ^ (userId >> 32n)) & lowBits))?.name ?? "";
}

/**
 * Returns the name of the gate that owns a user. Throws UNAVAILABLE when a linked gate knows other gates and names another owner,
 * as while the list of gates changes: two owners could order the binds of one user.
 */
export function agreedOwner(userId: bigint, peers: KnownGates): string {
  const owner = ownerAmong(peers.candidates, userId);
  for (const { name, link, gates } of peers.all()) {
    if (link === undefined || gates.join() === peers.names.join()) continue;
    if (ownerAmong(candidatesOf(gates), userId) === owner) continue;
    const lists = `${gates.join(", ")}; this gate knows ${peers.names.join(", ")}`;
    throw fail("UNAVAILABLE", `gate "${name}" knows the gates ${lists}`, {
      retryAfterMs: retryAfterMs("lost"),
    });
  }
  return owner;
}
