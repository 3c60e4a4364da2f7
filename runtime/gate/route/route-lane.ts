import type { NodeLink } from "../nodes/node-peer.ts";

/** Command that waits until the previous node of its lane has finished. */
export interface LaneCommand {
  /** Routes the command now. */
  release(): void;
  /** Fails the command, because the session has ended. */
  drop(): void;
}

/**
 * One lane of a session at the gate: the node that handles its commands now. While the lane moves to another node, commands are
 * queued until the previous node has finished, so that their order holds across nodes.
 */
export class RouteLane {
  link: NodeLink;
  /** Number of commands sent on this lane so far, which is also the number of the last one. */
  sent = 0;
  /** True when the node is known to have handled all sent commands. */
  idle = true;
  /** Commands that wait for the handover; undefined when no handover is in progress. */
  queue: LaneCommand[] | undefined = undefined;

  constructor(link: NodeLink) {
    this.link = link;
  }

  /** Notes the answer to a command. A node handles a lane in order, so all earlier commands are done too. */
  answered(number: number): void {
    if (number === this.sent) this.idle = true;
  }

  /** Fails all queued commands, because the session has ended. */
  drop(): void {
    const { queue } = this;
    this.queue = undefined;
    for (const command of queue ?? []) command.drop();
  }
}
