import type { NodeLink, Role } from "../nodes/node-peer.ts";

/** Command that waits until the previous node of its lane has finished, or until its own node is back. */
export interface LaneCommand {
  /** True once the command was routed or answered. */
  readonly over: boolean;
  /** Role of the node that the command waits for; undefined while the command waits for the commands ahead of it. */
  readonly awaits: Role | undefined;
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
  /** Node that handles the commands now; undefined before the first one. */
  link: NodeLink | undefined;
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

  constructor(link: NodeLink | undefined) {
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

  /** Returns the first command that still waits, and drops those before it; undefined when none waits. */
  firstWaiting(): LaneCommand | undefined {
    const queue = this.queue ?? [];
    while (queue[0]?.over) {
      queue.shift();
      if (this.retries > 0) this.retries--;
    }
    return queue[0];
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
