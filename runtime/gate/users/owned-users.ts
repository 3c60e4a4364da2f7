import { fail } from "../../../schema/errors.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import type { ClaimUser, MovedUser, ReleaseUser, TellUsers } from "../../wire/generated/photinus/link.ts";
import { EvictUser } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import type { LoginPolicy } from "../peers/peer-options.ts";
import { agreedOwner } from "./user-owner.ts";
import { type Holder, UserRegistry } from "./user-registry.ts";

/** Link of another gate. */
interface LinkedGate {
  readonly name: string;
}

/** How long another gate may take to end a session, in ms. */
const evictMs = 3_000;

/** Serves the binds of the users that this gate owns, for all gates. */
export class OwnedUsers {
  readonly #core: GateCore;
  readonly #peers: GatePeers;
  readonly #evict: (order: EvictUser) => void;
  readonly #registry: UserRegistry;
  /** Gates whose sessions this gate does not know yet, each with the timer after which they count as none. */
  readonly #awaited = new Map<string, DeadlineHandle>();
  /** Lost gates, each with the timer after which their sessions count as ended. */
  readonly #lost = new Map<string, DeadlineHandle>();
  /** Links of the gates that are linked. */
  readonly #links = new Map<string, LinkedGate>();
  #complete: PromiseWithResolvers<void> | undefined;

  /** @param evict ends a session of this gate */
  constructor(
    core: GateCore,
    peers: GatePeers,
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

  /** Awaits the sessions of a new gate in the list. */
  await(gate: string): void {
    if (this.#awaited.has(gate)) return;
    this.#complete ??= Promise.withResolvers();
    this.#awaited.set(
      gate,
      this.#afterLoss(() => this.#has(gate)),
    );
  }

  /** Forgets a gate that is not listed any more. */
  leave(gate: string): void {
    this.#has(gate);
    this.#registry.forget(gate);
  }

  /**
   * Registers a bind once the sessions that it replaces have ended. Returns its generation. Waits at first for the sessions of all
   * gates. Rejects with UNAVAILABLE when another gate owns the user, and as {@link UserRegistry.claim} does.
   *
   * @param gate gate of the session
   * @param wanted whether the caller still waits
   */
  async claim(gate: string, { userId, session }: ClaimUser, wanted: () => boolean): Promise<number> {
    const owner = agreedOwner(userId, this.#peers);
    if (owner !== this.#core.name) {
      const reason = `gate "${owner}" owns the user, not gate "${this.#core.name}"`;
      throw fail("UNAVAILABLE", reason, { retryAfterMs: retryAfterMs("lost") });
    }
    if (this.#complete !== undefined) await this.#complete.promise;
    return this.#registry.claim(userId, gate, session, wanted);
  }

  /** Removes a bind whose session has ended. */
  release(gate: string, { userId, session, generation }: ReleaseUser): void {
    this.#registry.release(userId, gate, session, generation);
  }

  /** Notes that a bound session has moved to a gate. */
  moved(gate: string, { userId, generation, fromGate, fromSession, session }: MovedUser): void {
    this.#registry.move(userId, generation, { gate: fromGate, session: fromSession }, { gate, session });
  }

  /** Begins the list of a gate's sessions, when the gate has linked. A former link of the gate counts no more. */
  begin(link: LinkedGate): void {
    const { name: gate } = link;
    this.#links.set(gate, link);
    this.#core.deadlines.remove(this.#lost.get(gate) ?? 0);
    this.#lost.delete(gate);
    this.#registry.begin(gate);
  }

  /** Takes a part of the list. */
  tell(link: LinkedGate, { users, last, seen }: TellUsers): void {
    const { name: gate } = link;
    if (this.#links.get(gate) !== link) return;
    this.#registry.see(seen);
    for (const { userId, session, generation } of users) {
      this.#registry.tell(userId, gate, session, generation);
    }
    if (!last) return;
    this.#registry.told(gate);
    this.#has(gate);
  }

  /** Starts the time after which the sessions of a lost gate count as ended. */
  lost(link: LinkedGate): void {
    const { name: gate } = link;
    if (this.#links.get(gate) !== link) return;
    this.#links.delete(gate);
    this.#lost.set(
      gate,
      this.#afterLoss(() => {
        this.#lost.delete(gate);
        this.#registry.forget(gate);
      }),
    );
  }

  #afterLoss(then: () => void): DeadlineHandle {
    const { deadlines, limits } = this.#core;
    return deadlines.add(limits.gateLostMs, { onDeadline: then });
  }

  #has(gate: string): void {
    this.#core.deadlines.remove(this.#awaited.get(gate) ?? 0);
    if (!this.#awaited.delete(gate) || this.#awaited.size > 0) return;
    this.#complete?.resolve();
    this.#complete = undefined;
  }

  /** Ends the session of a holder at its gate. A gate that is unreachable learns of the newer bind when it links again. */
  async #evictHolder(userId: bigint, { gate, session, generation }: Holder): Promise<void> {
    const order = { userId, session, generation };
    if (gate === this.#core.name) {
      this.#evict(order);
      return;
    }
    const link = this.#peers.get(gate)?.usable;
    if (link === undefined) return;
    try {
      await link.call(admin.evictUser, EvictUser, order, raw, { timeoutMs: evictMs });
    } catch (error) {
      this.#core.counted.warn({ err: error, gate }, "gate did not confirm the end of a session", gate);
    }
  }
}
