import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import {
  BoundUser,
  ClaimUser,
  type EvictUser,
  MovedUser,
  ReleaseUser,
  TellUsers,
  UserClaimed,
} from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GatePeer } from "../peers/gate-peer.ts";
import type { LoginPolicy, PeerAddress } from "../peers/peer-options.ts";
import type { GateSession, KickOut } from "../session/gate-session.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { Users } from "../session/users.ts";
import { OwnedUsers } from "./owned-users.ts";
import { agreedOwner, ownerAmong, type PeerLinks } from "./user-owner.ts";
import type { SessionPlace } from "./user-registry.ts";

/** Parts of a gate that bind sessions to users. */
export interface UserBindParts {
  readonly sessions: SessionTable;
  readonly users: Users;
  readonly peers: PeerLinks;
  readonly kick: KickOut;
  /** Sends another gate what it must know before the binds of this one. */
  readonly introduce?: (link: Link) => Promise<void>;
}

/** Bind of a session that is under way. */
interface Claim {
  readonly userId: bigint;
  /** Generation whose eviction has arrived before the answer to the claim; 0: none. */
  evicted: number;
}

/** Most sessions in one part of a list for another gate. */
const partCount = 2_000;
/** How long another gate may take to answer a part of a list, in ms. */
const partMs = 5_000;
/** Time before the caller's deadline at which a bind fails, so that its error arrives in time, in ms. */
const marginMs = 200;

const loggedInElsewhere = "the user has logged in elsewhere";

/**
 * Binds sessions of this gate to users. Each user has an owner among all gates, which orders the binds of the user and ends the
 * sessions that a later bind replaces. No clock decides.
 */
export class UserBinds {
  readonly owned: OwnedUsers;
  readonly #core: GateCore;
  readonly #parts: UserBindParts;
  /** Binds under way, by session number. */
  readonly #claims = new Map<number, Claim>();
  /** Highest generation that this gate has seen of any owner. */
  #seen = 0;

  constructor(core: GateCore, parts: UserBindParts, policy: Required<LoginPolicy>) {
    this.#core = core;
    this.#parts = parts;
    this.owned = new OwnedUsers(core, parts.peers, policy, (order) => this.evict(order));
    parts.peers.events = { onLinked: (peer, link) => void this.#introduce(peer, link) };
  }

  /** Names of all gates of the cluster, this one included, sorted. */
  get gates(): readonly string[] {
    return this.#parts.peers.names;
  }

  /** Replaces the list of gates; see {@link PeerLinks.set}. Returns whether it has other names than before. */
  setGates(addresses: readonly PeerAddress[]): boolean {
    const { peers } = this.#parts;
    const former = peers.names;
    peers.set(addresses);
    if (former.join() === peers.names.join()) return false;
    this.owned.gatesChanged(former, [...this.#boundUsers(this.#core.name)].flat());
    return true;
  }

  /**
   * Binds a session to a user. Returns the generation of the bind. Rejects with UNAVAILABLE when the session has ended or the owner of
   * the user cannot be reached in time, with ALREADY_EXISTS when the gates refuse another session of the user, with ABORTED when a
   * later bind of the user has replaced this one, or another bind of the session is under way.
   */
  async bind(session: GateSession, userId: bigint, timeoutMs: number): Promise<number> {
    const { number } = session;
    if (session.move?.gone) throw fail("UNAVAILABLE", "the session has moved");
    // The owner knows such a session at the gate that it moves to, and would end it there.
    if (session.move !== undefined && session.userId === userId) return session.generation;
    if (this.#claims.has(number)) throw fail("ABORTED", "another bind of the session is under way");
    const claim: Claim = { userId, evicted: 0 };
    this.#claims.set(number, claim);
    let generation: number;
    try {
      generation = await this.#claim(session, userId, timeoutMs);
    } catch (error) {
      if (session.userId !== userId) this.#release(userId, number, 0);
      throw session.ended ? fail("UNAVAILABLE", "the session has ended") : error;
    } finally {
      this.#claims.delete(number);
    }
    this.#seen = Math.max(this.#seen, generation);
    if (session.ended || session.move?.gone) {
      if (session.userId !== userId || session.generation !== generation)
        this.#release(userId, number, generation);
      throw fail("UNAVAILABLE", session.ended ? "the session has ended" : "the session has moved");
    }
    if (claim.evicted >= generation) {
      this.#parts.kick(session, errorCodes.ALREADY_EXISTS, loggedInElsewhere, false);
      throw fail("ABORTED", "the user has a newer session");
    }
    const former = { userId: session.userId, generation: session.generation };
    if (former.userId === userId && former.generation === generation) return generation;
    this.#parts.users.bind(session, userId, generation);
    if (former.generation !== 0) this.#release(former.userId, number, former.generation);
    return generation;
  }

  /** Binds a session that comes bound from another gate, and notifies the owner of the user. */
  moved(session: GateSession, userId: bigint, generation: number, from: SessionPlace): void {
    // The session may have come with one bind, and got another one at its former gate since then.
    this.ended(session);
    this.#parts.users.bind(session, userId, generation);
    this.#seen = Math.max(this.#seen, generation);
    this.#tellMove(session, from);
  }

  /**
   * Notifies the owner of the user that a session stays at this gate. Another gate may have said that it has the session, and that it
   * has ended there; in whatever order the notices come, this one is the latest.
   */
  stayed(session: GateSession): void {
    if (session.generation === 0 || session.ended) return;
    session.hops += 2;
    this.#tellMove(session, { gate: this.#core.name, session: session.number });
  }

  /** Notifies the owner of the user that a bound session has ended. */
  ended({ userId, number, generation }: GateSession): void {
    if (generation !== 0) this.#release(userId, number, generation);
  }

  /** Ends a session of this gate that a later bind of its user replaces. */
  evict({ userId, session: number, generation }: EvictUser): void {
    const claim = this.#claims.get(number);
    // The order may overtake the answer to the claim.
    if (claim?.userId === userId) claim.evicted = Math.max(claim.evicted, generation);
    const session = this.#parts.sessions.get(number);
    if (session?.userId === userId && session.generation === generation) {
      this.#parts.kick(session, errorCodes.ALREADY_EXISTS, loggedInElsewhere, false);
    }
  }

  async #claim(session: GateSession, userId: bigint, timeoutMs: number): Promise<number> {
    const { clock, name } = this.#core;
    const { peers } = this.#parts;
    const until = clock.now() + Math.max(timeoutMs - marginMs, timeoutMs / 2);
    const claim = { userId, session: session.number };
    const owner = agreedOwner(userId, peers);
    if (owner === name) {
      const underWay = this.#claims.get(session.number);
      const wanted = (): boolean => !session.ended && this.#claims.get(session.number) === underWay;
      return this.#within(until, owner, this.owned.claim(undefined, claim, wanted));
    }
    const peer = peers.get(owner);
    if (peer === undefined) throw unreachable(owner);
    const link = await this.#within(until, owner, peer.whenUsable());
    const options = { timeoutMs: Math.max(1, until - clock.now()) };
    try {
      return (await link.call(admin.claimUser, ClaimUser, claim, UserClaimed, options)).generation;
    } catch (error) {
      if (isPhotinusError(error) && error.code === "DEADLINE_EXCEEDED") throw unreachable(owner);
      throw error;
    }
  }

  /** Rejects with UNAVAILABLE when a promise is not settled in time. */
  #within<T>(until: number, owner: string, promise: Promise<T>): Promise<T> {
    const { clock, deadlines } = this.#core;
    return new Promise((resolve, reject) => {
      const late = { onDeadline: () => reject(unreachable(owner)) };
      const handle = deadlines.add(Math.max(0, until - clock.now()), late);
      promise.then(resolve, reject).finally(() => deadlines.remove(handle));
    });
  }

  #tellMove({ userId, generation, number, hops }: GateSession, from: SessionPlace): void {
    const message = {
      userId,
      generation,
      fromGate: from.gate,
      fromSession: from.session,
      session: number,
      hops,
    };
    const owner = this.#linkOfOwner(userId);
    if (owner === "self") this.owned.moved(undefined, message);
    else owner?.notice(admin.movedUser, MovedUser, message, undefined);
  }

  #release(userId: bigint, session: number, generation: number): void {
    const message = { userId, session, generation };
    const owner = this.#linkOfOwner(userId);
    if (owner === "self") this.owned.release(undefined, message);
    else owner?.notice(admin.releaseUser, ReleaseUser, message, undefined);
  }

  /** Returns the link to a user's owner. An unreachable one gets a list of the sessions that are left, when it is linked again. */
  #linkOfOwner(userId: bigint): Link | "self" | undefined {
    const { peers } = this.#parts;
    const owner = ownerAmong(peers.candidates, userId);
    return owner === this.#core.name ? "self" : peers.get(owner)?.link;
  }

  /** Sends a gate the sessions whose users it owns, before it gets the first claim over this link. */
  async #introduce(peer: GatePeer, link: Link): Promise<void> {
    try {
      await this.#parts.introduce?.(link);
      for (const part of this.#listFor(peer)) {
        await link.call(admin.tellUsers, TellUsers, part, raw, { timeoutMs: partMs });
      }
      if (peer.link === link) peer.ready();
    } catch (error) {
      if (!link.alive) return;
      this.#core.counted.warn(
        { err: error, gate: peer.name },
        "list of users not taken by a gate",
        peer.name,
      );
      link.destroy("the list of users was not taken");
    }
  }

  /** Makes each part when it is sent, so that a session which ends later is released after it. */
  *#listFor({ name }: GatePeer): Generator<TellUsers> {
    let part: BoundUser[] = [];
    for (const sessions of this.#boundUsers(name)) {
      part.push(...sessions);
      if (part.length < partCount) continue;
      yield { users: part, last: false, seen: this.#seen };
      part = [];
    }
    yield { users: part, last: true, seen: this.#seen };
  }

  /** Iterates the users that a gate owns, each with all of its sessions here: between two users, sessions may end. */
  *#boundUsers(owner: string): Generator<BoundUser[]> {
    const { users, peers } = this.#parts;
    for (const userId of users.ids()) {
      if (ownerAmong(peers.candidates, userId) !== owner) continue;
      const bound: BoundUser[] = [];
      for (let session = users.get(userId); session !== undefined; session = session.nextOfUser) {
        const { number, generation, hops } = session;
        bound.push(BoundUser.create({ userId, session: number, generation, hops }));
      }
      yield bound;
    }
  }
}

function unreachable(gate: string) {
  return fail("UNAVAILABLE", `gate "${gate}", which owns the user, does not answer`, {
    retryAfterMs: retryAfterMs("lost"),
  });
}
