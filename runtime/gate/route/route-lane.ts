import type { NodeLink } from "../nodes/node-peer.ts";

/** A command that waits until another node has finished with its lane. */
export interface LaneCommand {
  /** Sends it now. */
  release(): void;
  /** The session is gone. */
  drop(): void;
}

/** Which node has a lane of a session, and what waits to go to the next one. */
export class RouteLane {
  link: NodeLink;
  /** Commands sent to the node on this lane so far; names the last one. */
  sent = 0;
  /** True when all of them are known to be done. */
  idle = true;
  /** Not undefined: the lane is being handed over. */
  queue: LaneCommand[] | undefined = undefined;

  constructor(link: NodeLink) {
    this.link = link;
  }

  /** The node has handled the command of this number, and so all before it. */
  answered(number: number): void {
    if (number === this.sent) this.idle = true;
  }

  /** The session is gone: what waits is dropped. */
  drop(): void {
    const { queue } = this;
    this.queue = undefined;
    for (const command of queue ?? []) command.drop();
  }
}
