import { errorCodes } from "../../../schema/errors.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { LaneBarrier } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { GateSession } from "../session/gate-session.ts";
import { type Forward, type Queued, QueuedCommand } from "./queued-command.ts";
import type { RouteLane } from "./route-lane.ts";
import type { CommandRoute } from "./route-table.ts";

/** Commands that cannot be sent yet, because their lane moves to another node, or because their node is away. */
export class HeldCommands {
  readonly #core: GateCore;
  readonly #forward: Forward;
  /** Lanes, and requests without a lane, that wait for a node of a role. */
  readonly #awaiting = new Map<Role, Set<RouteLane | QueuedCommand>>();

  /** @param forward routes a held command again */
  constructor(core: GateCore, forward: Forward) {
    this.#core = core;
    this.#forward = forward;
  }

  /**
   * Queues a command while its lane moves to another node, or has requests to send again. The first queued command asks the previous
   * node for the barrier. A request that was with a lost node goes ahead of commands that were never sent.
   */
  enqueue(lane: RouteLane, command: Queued): void {
    const { session, route, relay } = command;
    const { refusals, limits } = this.#core;
    const first = lane.queue === undefined;
    // Requests to send again are bounded by the limit of requests in flight.
    if (relay !== undefined && relay.retries > 0) lane.addRetry(this.#queued(command, lane));
    else if ((lane.queue?.length ?? 0) - lane.retries < limits.laneQueueCount) {
      lane.queue ??= [];
      lane.queue.push(this.#queued(command, lane));
    } else {
      refusals.note("client.refused.lane-queue", { command: route.entry.name, session: session.id });
      const retryMs = retryAfterMs("busy");
      relay?.failure(errorCodes.RESOURCE_EXHAUSTED, "too many commands are queued for this lane", retryMs);
      return;
    }
    if (first) this.#askBarrier(session, route, lane);
  }

  /** Holds a request that was with a lost node until a node of its role has come or gone. Later commands of its lane wait behind it. */
  awaitNode(command: Queued): void {
    const { session, route } = command;
    const lane = route.lane < 0 ? undefined : session.lanes?.[route.lane];
    if (lane === undefined) this.#awaitingOf(route.role).add(this.#queued(command, undefined));
    else {
      if (lane.queue === undefined) {
        lane.awaits = route.role;
        this.#awaitingOf(route.role).add(lane);
      }
      lane.addRetry(this.#queued(command, lane));
    }
  }

  /**
   * Routes again what waits for a node of the role, in its order. To be called after a node has registered, or has lost its place.
   * Does so once the current messages are handled: the node gets the answer to its hello first.
   */
  nodesChanged(role: Role): void {
    if (!this.#awaiting.has(role)) return;
    queueMicrotask(() => {
      const waiting = this.#awaiting.get(role);
      this.#awaiting.delete(role);
      for (const each of waiting ?? []) {
        if (each instanceof QueuedCommand) each.release();
        else if (each.awaits === role) this.#release(each);
      }
    });
  }

  #awaitingOf(role: Role): Set<RouteLane | QueuedCommand> {
    let waiting = this.#awaiting.get(role);
    if (waiting === undefined) {
      waiting = new Set();
      this.#awaiting.set(role, waiting);
    }
    return waiting;
  }

  #queued(command: Queued, lane: RouteLane | undefined): QueuedCommand {
    const queued: QueuedCommand = new QueuedCommand(this.#core.deadlines, this.#forward, command, () => {
      if (lane === undefined) this.#forget(command.route.role, queued);
      // What waits behind an answered request may wait for a node of another role, or for none.
      else if (lane.awaits !== undefined) queueMicrotask(() => this.#onAnswered(lane));
    });
    return queued;
  }

  #onAnswered(lane: RouteLane): void {
    if (lane.awaits !== undefined) this.#release(lane);
  }

  #forget(role: Role, waiting: RouteLane | QueuedCommand): void {
    const all = this.#awaiting.get(role);
    if (all?.delete(waiting) && all.size === 0) this.#awaiting.delete(role);
  }

  /** Routes the queued commands of a lane again, in their order. A command that must wait again keeps its place. */
  #release(lane: RouteLane): void {
    if (lane.awaits !== undefined) this.#forget(lane.awaits, lane);
    for (const command of lane.takeQueue()) command.release();
  }

  /** Asks the previous node for an answer once it has finished the lane. The answer releases the queued commands. */
  #askBarrier(session: GateSession, route: CommandRoute, lane: RouteLane): void {
    const release = (): void => {
      if (lane.queue === undefined) return;
      lane.idle = true;
      this.#release(lane);
    };
    if (lane.link.link.speaksMapForm) {
      // Map-form nodes have no lanes to wait for.
      release();
      return;
    }
    const question = { session: session.number, lane: route.entry.lane };
    const { laneBarrierMs } = this.#core.limits;
    this.#core.counters.add("relay.lane.handover");
    lane.link.link.ask(admin.laneBarrier, LaneBarrier, question, laneBarrierMs, undefined, {
      answer: release,
      failure: (code, message) => {
        // A lost node sends nothing more. A node that is linked but stuck may still run earlier commands.
        if (lane.link.alive) {
          this.#core.refusals.note("relay.lane.order-lost", { code, message, session: session.id });
        }
        release();
      },
    });
  }
}
