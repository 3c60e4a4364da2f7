import { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { LinkLimits } from "../../rpc/link-options.ts";
import type { Transport } from "../../transport/transport.ts";
import { Draining } from "../../wire/generated/photinus/link.ts";
import type { ResolvedGateLimits } from "../gate-options.ts";
import { type LinkParts, LinkSide } from "./link-side.ts";

/**
 * Returns the link limit: twice the node limit, because a node may reconnect while its old link is still half open; the links that
 * have not registered; and as many connections that have sent nothing.
 */
export function mostLinks(limits: Pick<ResolvedGateLimits, "nodeCount">): number {
  return limits.nodeCount * 2 + mostUnknownLinks(limits) * 2;
}

/**
 * Returns how many links that have not registered a gate keeps, and how many connections of its link port that have sent nothing.
 * Beyond them, each new one closes the oldest.
 */
export function mostUnknownLinks({ nodeCount }: Pick<ResolvedGateLimits, "nodeCount">): number {
  return Math.max(16, Math.ceil(nodeCount / 2));
}

/** All links of a gate, registered or not. */
export class NodeLinks {
  readonly #parts: LinkParts;
  readonly #limits: LinkLimits;
  readonly #sides = new Set<LinkSide>();
  /** Links that have not registered, the oldest first. */
  readonly #unknown = new Set<LinkSide>();
  #closing = false;

  constructor(parts: LinkParts, limits: LinkLimits) {
    this.#parts = parts;
    this.#limits = limits;
  }

  get size(): number {
    return this.#sides.size;
  }

  /**
   * Makes a link of a new connection. Closes the connection when the gate is closing or has too many links. Beyond the limit of
   * links that have not registered, the oldest of them is closed: an honest peer registers within a few round trips.
   */
  accept(transport: Transport): void {
    const { core } = this.#parts;
    if (this.#closing || this.#sides.size >= mostLinks(core.limits)) {
      core.refusals.note("links.refused", { remote: transport.remote });
      transport.destroy("refused");
      return;
    }
    const [oldest] = this.#unknown;
    if (oldest !== undefined && this.#unknown.size >= mostUnknownLinks(core.limits)) {
      core.refusals.note("links.closed.crowded", { remote: oldest.link.transport.remote });
      oldest.link.destroy("too many links have not registered");
    }
    const side = new LinkSide(this.#parts, {
      onKnown: (known) => this.#unknown.delete(known),
      onClosed: (closed) => {
        this.#unknown.delete(closed);
        this.#sides.delete(closed);
      },
    });
    this.#sides.add(side);
    this.#unknown.add(side);
    side.link = new Link(transport, {
      ...this.#limits,
      clock: core.clock,
      deadlines: core.deadlines,
      log: core.log,
      counted: core.counted,
      counters: core.counters,
      name: core.name,
      handler: side,
    });
  }

  /** Sends Draining to the nodes, so that they do not log the end of their links as a failure, then closes all links. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const { known, link } of this.#sides) {
      if (known && link.alive && !link.speaksMapForm) link.notice(admin.draining, Draining, {}, undefined);
    }
    await Promise.all([...this.#sides].map(({ link }) => link.close({ graceMs })));
  }

  /** Announces to other gates that this one stops: they move no sessions here. */
  tellGates(): void {
    for (const { ofGate, link } of this.#sides) {
      if (ofGate) link.notice(admin.draining, Draining, {}, undefined);
    }
  }

  /** Closes the links of other gates, which link again and get a new welcome. */
  dropGates(reason: string): void {
    for (const side of this.#sides) if (side.ofGate) side.link.destroy(reason);
  }

  /** Closes all links at once, and refuses new ones. */
  destroy(reason: string): void {
    this.#closing = true;
    for (const { link } of this.#sides) link.destroy(reason);
  }
}
