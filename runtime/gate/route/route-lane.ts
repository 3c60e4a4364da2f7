import type { NodeLink, Role } from "../nodes/node-peer.ts";

/** Command that waits until the previous node of its lane has finished, or until its own node is back. */
export interface LaneCommand {
  /** Routes the command now. */
  release(): void;
  /** Fails the command, because the session has ended. */
  drop(): void;
}

/**
 * One lane of a session at the gate: the node that handles its commands now. While the lane moves to another node, or has requests
 * to send again, commands are queued, so that their order holds across nodes.
 */
export class RouteLane {
  link: NodeLink;
  /** Number of commands sent on this lane so far, which is also the number of the last one. */
  sent = 0;
  /** True when the node is known to have handled all sent commands. */
  idle = true;
  /** Commands that wait; undefined when none waits. */
  queue: LaneCommand[] | undefined = undefined;
  /** Number of requests at the head of the queue that were with a lost node. They go before all later commands. */
  retries = 0;
  /** Role whose nodes the head of the queue waits for; undefined while the queue waits for the previous node of the lane. */
  awaits: Role | undefined = undefined;

  constructor(link: NodeLink) {
    this.link = link;
  }

  /** Notes the answer to a command. A node handles a lane in order, so all earlier commands are done too. */
  answered(number: number): void {
    if (number === this.sent) this.idle = true;
  }

  /** Adds a request that was with a lost node behind the others of its kind, and before all commands that were never sent. */
  addRetry(command: LaneCommand): void {
    this.queue ??= [];
    this.queue.splice(this.retries++, 0, command);
  }

  /** Removes and returns the queued commands. */
  takeQueue(): readonly LaneCommand[] {
    const { queue } = this;
    this.queue = undefined;
    this.retries = 0;
    this.awaits = undefined;
    return queue ?? [];
  }

  /** Fails all queued commands, because the session has ended. */
  drop(): void {
    for (const command of this.takeQueue()) command.drop();
  }
}
