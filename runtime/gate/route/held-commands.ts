import { errorCodes } from "../../../schema/errors.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { LaneBarrier } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { KeptBodies } from "./kept-bodies.ts";
import { type Forward, type Queued, QueuedCommand } from "./queued-command.ts";
import type { Relay } from "./relay.ts";
import { RouteLane } from "./route-lane.ts";
import type { CommandRoute } from "./route-table.ts";

/** Commands that are released in one turn of the event loop; the last lane of a turn is released whole. */
const releasedPerTurn = 512;

/** Commands that cannot be sent yet, because their lane moves to another node, or because their node is away. */
export class HeldCommands {
  readonly #core: GateCore;
  readonly #kept: KeptBodies;
  readonly #forward: Forward;
  /** Lanes, and requests without a lane, that wait for a node of a role. */
  readonly #awaiting = new Map<Role, Set<RouteLane | QueuedCommand>>();

  /** @param forward routes a held command again */
  constructor(core: GateCore, kept: KeptBodies, forward: Forward) {
    this.#core = core;
    this.#kept = kept;
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

  /**
   * Holds a request whose node is away until a node of its role has come or gone. Later commands of its lane wait behind it. A request
   * that was with a lost node waits until its deadline, any other one for `nodeWaitMs` or half of the time that it has. Returns false
   * when the request has waited for that long, or when there is no room for it.
   */
  awaitNode(
    session: GateSession,
    route: CommandRoute,
    relay: Relay,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
  ): boolean {
    const { clock, limits, counters } = this.#core;
    const lane = this.#laneOf(session, route);
    if (lane?.queue !== undefined && lane.awaits === undefined) {
      // The commands ahead of it come first. Whether its node is there matters after them.
      const body = relay.kept ? relay.body : new Uint8Array(bytes.subarray(start, end));
      this.enqueue(lane, { session, route, relay, body, timeoutMs });
      return true;
    }
    const isRetry = relay.retries > 0;
    const now = clock.now();
    // A client that still has time learns why, instead of a timeout.
    if (relay.waitUntil === 0) relay.waitUntil = now + Math.min(limits.nodeWaitMs, timeoutMs / 2);
    const nodeWaitMs = isRetry ? timeoutMs : relay.waitUntil - now;
    if (nodeWaitMs <= 0) return false;
    if (!relay.kept) {
      if (!this.#kept.take(session, end - start)) return false;
      relay.keep(bytes, start, end, now + timeoutMs);
      counters.add("relay.awaited");
    }
    const command = { session, route, relay, body: relay.body, timeoutMs, nodeWaitMs };
    if (lane === undefined) {
      this.#awaitingOf(route.role).add(this.#queued(command, undefined));
      return true;
    }
    if (!isRetry && (lane.queue?.length ?? 0) - lane.retries >= limits.laneQueueCount) return false;
    if (lane.queue === undefined) {
      lane.queue = [];
      lane.awaits = route.role;
      this.#awaitingOf(route.role).add(lane);
    }
    if (isRetry) lane.addRetry(this.#queued(command, lane));
    else lane.queue.push(this.#queued(command, lane));
    return true;
  }

  /**
   * Holds a command whose key moves to another node, until the change is over. Returns false when there is no room for the command, or
   * when a request has waited for `nodeWaitMs`.
   */
  awaitChange(
    session: GateSession,
    route: CommandRoute,
    relay: Relay | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
  ): boolean {
    this.#core.counters.add("relay.moving.held");
    if (relay !== undefined) return this.awaitNode(session, route, relay, bytes, start, end, timeoutMs);
    const body = new Uint8Array(bytes.subarray(start, end));
    const lane = this.#laneOf(session, route);
    const command = { session, route, relay, body, timeoutMs };
    if (lane === undefined) return this.#awaitNotify({ ...command, nodeWaitMs: timeoutMs });
    if (lane.queue === undefined) {
      lane.queue = [this.#queued({ ...command, nodeWaitMs: timeoutMs }, lane)];
      lane.awaits = route.role;
      this.#awaitingOf(route.role).add(lane);
    } else this.enqueue(lane, command);
    return true;
  }

  /** Holds a notify without a lane. Its body counts as one of a request does. */
  #awaitNotify(command: Queued): boolean {
    const { session, route, body } = command;
    if (!this.#kept.take(session, body.length)) return false;
    const leave = (): void => {
      this.#kept.give(session, body.length);
      this.#forget(route.role, queued);
    };
    const forward: Forward = (...again) => {
      leave();
      if (!session.ended) this.#forward(...again);
    };
    const queued: QueuedCommand = new QueuedCommand(this.#core.deadlines, forward, command, leave);
    this.#awaitingOf(route.role).add(queued);
    return true;
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
      if (waiting !== undefined) this.#releaseAll(role, waiting.values());
    });
  }

  /** Releases a bounded number of commands in one turn of the event loop. Later commands of a lane queue up until its turn. */
  #releaseAll(role: Role, waiting: IterableIterator<RouteLane | QueuedCommand>): void {
    let left = releasedPerTurn;
    for (let next = waiting.next(); !next.done; next = waiting.next()) {
      const each = next.value;
      if (each instanceof QueuedCommand) {
        left--;
        each.release();
      } else if (each.awaits === role) {
        left -= each.queue?.length ?? 0;
        this.#release(each);
      }
      if (left > 0) continue;
      this.#core.clock.after(0, () => this.#releaseAll(role, waiting));
      return;
    }
  }

  #awaitingOf(role: Role): Set<RouteLane | QueuedCommand> {
    let waiting = this.#awaiting.get(role);
    if (waiting === undefined) {
      waiting = new Set();
      this.#awaiting.set(role, waiting);
    }
    return waiting;
  }

  /** Returns the lane of a command, made when missing; undefined for a command without a lane. */
  #laneOf(session: GateSession, { lane: index }: CommandRoute): RouteLane | undefined {
    if (index < 0) return undefined;
    const known = session.lanes?.[index];
    if (known !== undefined) return known;
    const lane = new RouteLane(undefined);
    session.addLane(index, lane);
    return lane;
  }

  #queued(command: Queued, lane: RouteLane | undefined): QueuedCommand {
    const queued: QueuedCommand = new QueuedCommand(this.#core.deadlines, this.#forward, command, () => {
      if (lane === undefined) this.#forget(command.route.role, queued);
      else if (lane.awaits !== undefined) queueMicrotask(() => this.#onAnswered(lane));
    });
    return queued;
  }

  /** Releases a lane unless its first command waits for a node of the role, as the lane does. */
  #onAnswered(lane: RouteLane): void {
    if (lane.awaits !== undefined && lane.firstWaiting()?.awaits !== lane.awaits) this.#release(lane);
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
    const { link } = lane;
    const release = (): void => {
      if (lane.queue === undefined) return;
      lane.idle = true;
      this.#release(lane);
    };
    if (link?.alive === false) {
      // Its requests, which come first, are still to be queued again.
      link.whenOver(release);
      return;
    }
    if (link === undefined || link.link.speaksMapForm) {
      // Map-form nodes have no lanes to wait for.
      release();
      return;
    }
    const question = { session: session.number, lane: route.entry.lane };
    const { laneBarrierMs } = this.#core.limits;
    this.#core.counters.add("relay.lane.handover");
    link.link.ask(admin.laneBarrier, LaneBarrier, question, laneBarrierMs, undefined, {
      answer: release,
      failure: (code, message) => {
        // A lost node sends nothing more. A node that is linked but stuck may still run earlier commands.
        if (link.alive) {
          this.#core.refusals.note("relay.lane.order-lost", { code, message, session: session.id });
        }
        release();
      },
    });
  }
}
