import { type Caller, callerAbove } from "../../../schema/caller.ts";
import { errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";
import type { PushDescriptor } from "../../api/descriptors.ts";
import type { JoinOptions, KickOptions, Session } from "../../api/handler-context.ts";
import type { AuthLevel } from "../../api/protocol.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import { admin, adminTimeoutMs } from "../../rpc/link-administration.ts";
import { BodyTooLarge } from "../../rpc/outbound.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import {
  AssignSession,
  AuthLevel as AuthNumber,
  Bind,
  KickSession,
} from "../../wire/generated/photinus/link.ts";
import { Lane, type LaneJob, type LaneOwner } from "../calls/lane.ts";
import { bindRule, joinRule, kickRule } from "../node-call-options.ts";
import type { GateHandle } from "../node-host.ts";
import { type GroupChange, KeptChanges, regroupChange, sendChange } from "./group-changes.ts";
import { unencoded } from "./push-hub.ts";

/** Names of groups. */
type Groups = readonly string[] | ReadonlySet<string>;

const authNumbers = { anyone: AuthNumber.ANYONE, user: AuthNumber.USER, admin: AuthNumber.ADMIN } as const;
const largestUserId = 2n ** 64n - 1n;

/** Returns the auth level of a number of the link protocol; "anyone" for an unknown number. */
export function authOf(number: AuthNumber): AuthLevel {
  if (number === AuthNumber.ADMIN) return "admin";
  return number === AuthNumber.USER ? "user" : "anyone";
}

/**
 * Session of a client at a gate. Its methods send over the gate's link, so that they stay in order with its pushes. The session
 * may move to another gate; the object stays.
 */
export class NodeSession implements Session, LaneOwner {
  readonly id: string;
  remote: string;
  userId = 0n;
  auth: AuthLevel = "anyone";
  ended = false;
  suspended = false;
  #gate: GateHandle;
  #number: number;
  /** True from the announcement that this session may move, until it has moved or its client is back. */
  #keepsChanges = false;
  /** Last change of each group since the gate has announced that the session or all sessions move; undefined without any. */
  #changes: KeptChanges | undefined;
  readonly #lanes: (Lane | undefined)[] = [];
  #busyLanes = 0;
  #onQuiet: (() => void) | undefined;

  constructor(gate: GateHandle, id: string, number: number, remote: string) {
    this.#gate = gate;
    this.id = id;
    this.#number = number;
    this.remote = remote;
  }

  get gate(): string {
    return this.#gate.gate;
  }

  /** Number of the session on the gate's link. */
  get number(): number {
    return this.#number;
  }

  /** Gate whose link leads to the session now. */
  get via(): GateHandle {
    return this.#gate;
  }

  /** Continues the session at another gate. Repeats the joins and leaves that the gate may not have got from the former one. */
  moveTo(gate: GateHandle, number: number): void {
    this.#gate = gate;
    this.#number = number;
    this.#keepsChanges = false;
    const changes = this.#changes;
    this.#changes = undefined;
    for (const change of changes?.all() ?? []) this.#regroup(change);
  }

  /** Keeps the joins and leaves from now on: the session may move to another gate. */
  keepChanges(): void {
    this.#keepsChanges = true;
  }

  /** Notes that the client is back at the gate: the session does not move. */
  clientBack(): void {
    if (!this.#keepsChanges) return;
    this.#keepsChanges = false;
    if (!this.#gate.moving) this.#changes = undefined;
  }

  /** Takes the state of a newer object of the same session. */
  takeOver({ userId, auth, remote, suspended }: NodeSession): void {
    this.userId = userId;
    this.auth = auth;
    this.remote = remote;
    this.suspended = suspended;
  }

  push<M>(push: PushDescriptor<M>, message: M): void {
    if (this.ended) return;
    const gate = this.#gate;
    const address = { kind: "session", session: this.number } as const;
    try {
      gate.pushed(gate.link.pushMessage(push.id, address, push.body, message, gate.maxBodyBytes));
    } catch (error) {
      if (error instanceof BodyTooLarge) throw gate.tooLarge("push", push.name, error.size);
      throw unencoded(push.name, error);
    }
  }

  pushBytes(id: number, body: Uint8Array): void {
    if (this.ended) return;
    const gate = this.#gate;
    if (body.length > gate.maxBodyBytes) throw gate.tooLarge("push", String(id), body.length);
    gate.pushed(gate.link.push(id, { kind: "session", session: this.number }, body, 0, body.length));
  }

  async bind(userId: bigint, options: { readonly auth?: "user" | "admin" } = {}): Promise<void> {
    if (userId < 1n || userId > largestUserId)
      throw fail("INVALID_ARGUMENT", `session.bind: invalid user id ${userId}; expected 1 to 2^64 - 1`);
    if (this.ended) throw fail("UNAVAILABLE", "the session has ended");
    const { auth } = resolveOptions("session.bind", bindRule, options);
    const caller = this.#gate.node.callStacks ? callerAbove(this.bind) : undefined;
    const gate = await this.#bind(userId, authNumbers[auth], caller);
    // The session may have ended while the bind was in flight.
    if (this.ended) throw fail("UNAVAILABLE", "the session has ended");
    // The gate's notice has set them before the answer, unless the session had left that gate.
    if (gate === this.#gate) return;
    this.userId = userId;
    this.auth = auth;
  }

  /**
   * Binds at the gate; again at the next one, when the gate refuses because the session has moved meanwhile. Returns the gate that has
   * made the bind.
   */
  async #bind(userId: bigint, auth: AuthNumber, caller: Caller | undefined): Promise<GateHandle> {
    for (;;) {
      const gate = this.#gate;
      const message = Bind.create({ session: this.number, userId, auth });
      const options = { timeoutMs: adminTimeoutMs, call: "session.bind", caller };
      try {
        await gate.link.call(admin.bind, Bind, message, raw, options);
        return gate;
      } catch (error) {
        const isGone = isPhotinusError(error) && error.code === "UNAVAILABLE";
        if (!isGone || this.ended || gate === this.#gate) throw error;
      }
    }
  }

  join(group: string, options?: JoinOptions): void {
    const { whenNodeLost } = resolveOptions("session.join", joinRule, options);
    this.#regroup({ add: [group], remove: [], untilLost: whenNodeLost === "leave" });
  }

  leave(group: string): void {
    this.#regroup({ add: [], remove: [group], untilLost: false });
  }

  regroup(add: Groups, remove: Groups, options?: JoinOptions): void {
    const { whenNodeLost } = resolveOptions("session.regroup", joinRule, options);
    this.#regroup(regroupChange(add, remove, whenNodeLost === "leave"));
  }

  kick(reason: string, options: KickOptions = {}): void {
    const { code, reconnect } = resolveOptions("session.kick", kickRule, options);
    if (this.ended) return;
    const message = { session: this.number, code: errorCodes[code], reason, reconnect };
    this.#gate.link.notice(admin.kick, KickSession, message, undefined);
  }

  assign(role: string, node: string): void {
    if (this.ended) return;
    this.#gate.link.notice(admin.assign, AssignSession, { session: this.number, role, node }, undefined);
  }

  /** Sends joins and leaves to the gate. */
  #regroup(change: GroupChange): void {
    if (this.ended) return;
    if (this.#gate.moving || this.#keepsChanges) {
      this.#changes ??= new KeptChanges();
      this.#changes.keep(change);
    }
    sendChange(this.#gate, this.#number, change);
  }

  /** Runs the job on a lane, now or behind earlier jobs. Returns false when `limit` jobs wait already. */
  submit(laneIndex: number, job: LaneJob, limit: number): boolean {
    let lane = this.#lanes[laneIndex];
    if (lane === undefined) {
      lane = new Lane(this);
      this.#lanes[laneIndex] = lane;
    }
    if (!lane.busy) this.#busyLanes++;
    return lane.submit(job, limit);
  }

  /** Marks the session as ended. Calls `onQuiet` once no lane of the session has work left. */
  end(onQuiet: () => void): void {
    this.ended = true;
    if (this.#busyLanes === 0) onQuiet();
    else this.#onQuiet = onQuiet;
  }

  /** Called by each lane of the session when its last job is done. */
  laneIdle(): void {
    if (--this.#busyLanes > 0) return;
    const onQuiet = this.#onQuiet;
    this.#onQuiet = undefined;
    onQuiet?.();
  }
}
