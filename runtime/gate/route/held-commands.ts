import { errorCodes } from "../../../schema/errors.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { LaneBarrier } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { GateSession } from "../session/gate-session.ts";
import { type Forward, QueuedCommand } from "./queued-command.ts";
import type { Relay } from "./relay.ts";
import type { RouteLane } from "./route-lane.ts";
import type { CommandRoute } from "./route-table.ts";

/** Commands that cannot be sent yet, because their lane moves to another node. */
export class HeldCommands {
  readonly #core: GateCore;
  readonly #forward: Forward;

  /** @param forward routes a held command again */
  constructor(core: GateCore, forward: Forward) {
    this.#core = core;
    this.#forward = forward;
  }

  /** Queues a command while its lane moves to another node. The first queued command asks the previous node for the barrier. */
  enqueue(
    session: GateSession,
    route: CommandRoute,
    lane: RouteLane,
    relay: Relay | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
  ): void {
    const { refusals, limits, deadlines } = this.#core;
    const first = lane.queue === undefined;
    if ((lane.queue?.length ?? 0) >= limits.laneQueueCount) {
      refusals.note("client.refused.lane-queue", { command: route.entry.name, session: session.id });
      const retryMs = retryAfterMs("busy");
      relay?.failure(errorCodes.RESOURCE_EXHAUSTED, "too many commands are queued for this lane", retryMs);
      return;
    }
    lane.queue ??= [];
    lane.queue.push(
      new QueuedCommand(
        deadlines,
        this.#forward,
        session,
        route,
        relay,
        new Uint8Array(bytes.subarray(start, end)),
        timeoutMs,
      ),
    );
    if (first) this.#askBarrier(session, route, lane);
  }

  /** Asks the previous node for an answer once it has finished the lane. The answer releases the queued commands. */
  #askBarrier(session: GateSession, route: CommandRoute, lane: RouteLane): void {
    const release = (): void => {
      const queue = lane.queue;
      if (queue === undefined) return;
      lane.queue = undefined;
      lane.idle = true;
      for (const command of queue) command.release();
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
