import { errorCodeOf, errorCodes, fail } from "../../../schema/errors.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { Responder } from "../../rpc/link-handler.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { type ChangeCanary, ChangeStep, WorkBarrier } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeLink, NodePeer, Role, RoleChange } from "../nodes/node-peer.ts";
import { type CanaryShare, canaryOf } from "./role-pools.ts";

/** Shortest wait for the nodes of a role, in ms, whatever the limits of the gate are. */
const leastBarrierMs = 100;
/** How many times the wait for the nodes a prepared change may last. */
const preparedFactor = 10;

/** Change that the gate has prepared, or prepares. */
class PreparedChange implements RoleChange {
  readonly node: NodeLink;
  readonly peer: NodePeer;
  readonly canary: CanaryShare;
  /** True once all nodes of the role have finished their former work: the node may commit at other gates. */
  ready = false;
  /** Deadline of a node that neither commits nor aborts. */
  deadline: DeadlineHandle = 0;

  constructor(node: NodeLink, canary: CanaryShare) {
    this.node = node;
    this.peer = node.peer;
    this.canary = canary;
  }
}

/**
 * Gate's side of changes of what a canary node takes. From the preparation on, the gate holds all commands and calls of keys whose node
 * changes, and waits until no node of the role runs an earlier one. The canary node commits when all gates have come that far, so
 * that a key never has two nodes.
 */
export class CanaryChanges {
  readonly #core: GateCore;
  readonly #release: (role: Role) => void;

  /** @param release routes again what was held of a role */
  constructor(core: GateCore, release: (role: Role) => void) {
    this.#core = core;
    this.#release = release;
  }

  /** Serves a step of a change. Throws INVALID_ARGUMENT, FAILED_PRECONDITION and ABORTED. */
  ask(node: NodeLink, { step, canary }: ChangeCanary, reply: Responder): void {
    const { role } = node.peer;
    const { change } = role;
    if (node.peer.link !== node || node.peer.canary === undefined)
      throw fail("FAILED_PRECONDITION", "the node has not said that it is a canary");
    if (step === ChangeStep.PREPARE) {
      this.#prepare(node, canaryOf(canary ?? { share: 0, users: [] }), reply);
      return;
    }
    const own = change instanceof PreparedChange && change.node === node ? change : undefined;
    if (step === ChangeStep.COMMIT) {
      if (!own?.ready) throw fail("FAILED_PRECONDITION", "no change of this node is prepared");
      node.peer.canary = own.canary;
    }
    if (own !== undefined) this.#over(role, own);
    reply.answerBytes(emptyBytes, 0, 0);
  }

  /**
   * Takes a change back whose node was lost before the gate had answered. After the answer the node may have committed at other gates:
   * then the change stays prepared until the node's next hello, or until the node has lost its place.
   */
  lost(node: NodeLink): void {
    const { role } = node.peer;
    const { change } = role;
    if (!(change instanceof PreparedChange) || change.node !== node) return;
    if (!change.ready) this.#over(role, change);
    else this.#core.deadlines.remove(change.deadline);
  }

  #prepare(node: NodeLink, canary: CanaryShare, reply: Responder): void {
    const { role } = node.peer;
    const former = role.change;
    if (former !== undefined && former.peer !== node.peer)
      throw fail("ABORTED", `the canary node "${former.peer.name}" of the role changes now`);
    if (former instanceof PreparedChange) this.#core.deadlines.remove(former.deadline);
    const change = new PreparedChange(node, canary);
    role.change = change;
    role.changed();
    // Commands that the former change held, and this one does not.
    if (former !== undefined) this.#release(role);
    this.#core.counters.add("canary.prepared");
    const { laneBarrierMs, nodeWaitMs } = this.#core.limits;
    // A request that is held waits for nodeWaitMs at most.
    const ms = Math.max(leastBarrierMs, Math.min(laneBarrierMs, nodeWaitMs));
    let open = 1;
    const done = (): void => {
      if (--open > 0 || role.change !== change) return;
      change.ready = true;
      const late = { onDeadline: () => node.link.destroy("the node did not end its change of a canary") };
      change.deadline = this.#core.deadlines.add(ms * preparedFactor, late);
      reply.answerBytes(emptyBytes, 0, 0);
    };
    for (const { link } of role.members) {
      if (link === undefined || !link.alive || link.link.speaksMapForm) continue;
      open++;
      link.link.ask(admin.workBarrier, WorkBarrier, {}, ms, undefined, {
        answer: done,
        failure: (code, message) => {
          // A lost node sends nothing more.
          if (!link.alive) done();
          else this.#failed(role, change, reply, `"${link.peer.name}": ${errorCodeOf(code)} ${message}`);
        },
      });
    }
    done();
  }

  /** Takes a change back that a node of the role did not let through. */
  #failed(role: Role, change: PreparedChange, reply: Responder, reason: string): void {
    if (role.change !== change) return;
    this.#over(role, change);
    const text = `earlier work of the node ${reason}`;
    reply.failure(errorCodes.DEADLINE_EXCEEDED, text, 0);
  }

  /** Ends a change, and releases what was held for it. */
  #over(role: Role, change: PreparedChange): void {
    this.#core.deadlines.remove(change.deadline);
    role.change = undefined;
    role.changed();
    this.#release(role);
  }
}
