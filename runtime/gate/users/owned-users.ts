import { fail } from "../../../schema/errors.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import type {
  BoundUser,
  ClaimUser,
  MovedUser,
  ReleaseUser,
  TellUsers,
} from "../../wire/generated/photinus/link.ts";
import { EvictUser } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { LoginPolicy } from "../peers/peer-options.ts";
import { agreedOwner, ownerAmong, type PeerLinks } from "./user-owner.ts";
import { type Holder, UserRegistry } from "./user-registry.ts";

/** Link that another gate has dialled. */
export interface LinkedGate {
  readonly name: string;
  /** Ends the link: the gate links again, and lists its sessions anew. */
  drop(reason: string): void;
}

/** How long another gate may take to end a session, in ms. */
const evictMs = 3_000;

/** Serves the binds of the users that this gate owns, for all gates. */
export class OwnedUsers {
  readonly #core: GateCore;
  readonly #peers: PeerLinks;
  readonly #evict: (order: EvictUser) => void;
  readonly #registry: UserRegistry;
  /** Gates whose sessions this gate does not know yet, each with the timer after which they count as none. */
  readonly #awaited = new Map<string, DeadlineHandle>();
  /** Lost gates, each with the timer after which their sessions count as ended. */
  readonly #lost = new Map<string, DeadlineHandle>();
  /** Link that counts of each gate, by name. */
  readonly #links = new Map<string, LinkedGate>();
  #complete: PromiseWithResolvers<void> | undefined;

  /** @param evict ends a session of this gate */
  constructor(
    core: GateCore,
    peers: PeerLinks,
    policy: Required<LoginPolicy>,
    evict: (order: EvictUser) => void,
  ) {
    this.#core = core;
    this.#peers = peers;
    this.#evict = evict;
    this.#registry = new UserRegistry(policy, (userId, holder) => this.#evictHolder(userId, holder));
  }

  /** Number of users that have a session. */
  get size(): number {
    return this.#registry.size;
  }

  /**
   * Takes a new list of gates, and the sessions of this gate. No bind is ordered before all gates of the list have told their sessions
   * again: this gate may own other users than before.
   */
  gatesChanged(former: readonly string[], own: Iterable<BoundUser>): void {
    const { name: self } = this.#core;
    const { names } = this.#peers;
    for (const gate of former) if (!names.includes(gate)) this.#leave(gate);
    for (const gate of names) if (gate !== self) this.#awaitList(gate);
    this.#registry.keep((userId) => this.#owns(userId));
    this.#registry.begin(self);
    for (const user of own) this.#add(self, user);
    this.#registry.told(self);
  }

  /**
   * Registers a bind once the sessions that it replaces have ended. Returns its generation. Waits at first for the sessions of all
   * gates. Rejects with UNAVAILABLE when another gate owns the user, and as {@link UserRegistry.claim} does.
   *
   * @param from link of the session's gate; undefined: the session is at this gate
   * @param isWanted whether the caller still waits
   */
  async claim(
    from: LinkedGate | undefined,
    { userId, session }: ClaimUser,
    isWanted: () => boolean,
  ): Promise<number> {
    this.#checkOwner(userId);
    while (this.#complete !== undefined) {
      await this.#complete.promise;
      this.#checkOwner(userId);
    }
    // A claim over a former link has failed at its gate, which has listed its sessions without it.
    const wanted = () => isWanted() && this.#owns(userId) && this.#isCurrent(from);
    return this.#registry.claim(userId, from?.name ?? this.#core.name, session, wanted);
  }

  /** Removes a bind whose session has ended. */
  release(from: LinkedGate | undefined, { userId, session, generation }: ReleaseUser): void {
    if (!this.#isCurrent(from)) return;
    this.#registry.release(userId, from?.name ?? this.#core.name, session, generation);
  }

  /** Notes that a bound session has moved to a gate. */
  moved(from: LinkedGate | undefined, message: MovedUser): void {
    const { userId, generation, hops, fromGate, fromSession, session } = message;
    // Generation 0 would release a bind of the other gate whose generation the sender does not know.
    if (!this.#isCurrent(from) || !this.#owns(userId) || generation === 0) return;
    const to = { gate: from?.name ?? this.#core.name, session };
    this.#registry.move(userId, generation, hops, { gate: fromGate, session: fromSession }, to);
  }

  /** Begins the list of a gate's sessions, when the gate has linked. A former link of the gate counts no more. */
  begin(link: LinkedGate): void {
    const { name: gate } = link;
    // A gate outside the list has no address here, so that its sessions could not be ended. A new list brings new links.
    if (!this.#peers.names.includes(gate)) return;
    this.#links.set(gate, link);
    this.#stopTimer(this.#lost, gate);
    this.#registry.begin(gate);
  }

  /** Takes a part of the list. */
  tell(link: LinkedGate, { users, last, seen }: TellUsers): void {
    const { name: gate } = link;
    if (!this.#isCurrent(link)) return;
    this.#registry.see(seen);
    for (const user of users) this.#add(gate, user);
    if (!last) return;
    this.#registry.told(gate);
    this.#listed(gate);
  }

  /** Starts the time after which the sessions of a lost gate count as ended. */
  lost(link: LinkedGate): void {
    const { name: gate } = link;
    if (!this.#isCurrent(link)) return;
    this.#links.delete(gate);
    this.#lost.set(
      gate,
      this.#afterLoss(() => {
        this.#lost.delete(gate);
        this.#registry.forget(gate);
      }),
    );
  }

  #awaitList(gate: string): void {
    if (this.#awaited.has(gate)) return;
    this.#complete ??= Promise.withResolvers();
    this.#awaited.set(
      gate,
      this.#afterLoss(() => this.#listed(gate)),
    );
  }

  #leave(gate: string): void {
    this.#links.delete(gate);
    this.#stopTimer(this.#lost, gate);
    this.#listed(gate);
    this.#registry.forget(gate);
  }

  #owns(userId: bigint): boolean {
    return ownerAmong(this.#peers.candidates, userId) === this.#core.name;
  }

  #isCurrent(link: LinkedGate | undefined): boolean {
    return link === undefined || this.#links.get(link.name) === link;
  }

  /** Adds a session that a gate lists. A gate with another list of gates may name users that this one does not own. */
  #add(gate: string, { userId, session, generation, hops }: BoundUser): void {
    if (this.#owns(userId) && generation > 0) {
      this.#registry.tell(userId, gate, session, generation, hops);
    }
  }

  #checkOwner(userId: bigint): void {
    const owner = agreedOwner(userId, this.#peers);
    if (owner === this.#core.name) return;
    const reason = `gate "${owner}" owns the user, not gate "${this.#core.name}"`;
    throw fail("UNAVAILABLE", reason, { retryAfterMs: retryAfterMs("lost") });
  }

  #afterLoss(then: () => void): DeadlineHandle {
    const { deadlines, limits } = this.#core;
    return deadlines.add(limits.gateLostMs, { onDeadline: then });
  }

  /** Removes the timer of a gate. Returns false when there is none. */
  #stopTimer(timers: Map<string, DeadlineHandle>, gate: string): boolean {
    this.#core.deadlines.remove(timers.get(gate) ?? 0);
    return timers.delete(gate);
  }

  /** Notes that the list of a gate is complete, or that it is not awaited any more. */
  #listed(gate: string): void {
    if (!this.#stopTimer(this.#awaited, gate) || this.#awaited.size > 0) return;
    this.#complete?.resolve();
    this.#complete = undefined;
  }

  /**
   * Ends the session of a holder at its gate. A gate that does not confirm it has to link again: its list of sessions shows whether
   * the session is still there, and a newer bind then ends the session.
   */
  async #evictHolder(userId: bigint, { gate, session, generation }: Holder): Promise<void> {
    const order = { userId, session, generation };
    if (gate === this.#core.name) {
      this.#evict(order);
      return;
    }
    const reason = "the end of a session was not confirmed";
    const link = this.#peers.get(gate)?.link;
    if (link === undefined) {
      this.#links.get(gate)?.drop(reason);
      return;
    }
    try {
      await link.call(admin.evictUser, EvictUser, order, raw, { timeoutMs: evictMs });
    } catch (error) {
      this.#core.counted.warn({ err: error, gate }, "gate did not confirm the end of a session", gate);
      this.#links.get(gate)?.drop(reason);
    }
  }
}
