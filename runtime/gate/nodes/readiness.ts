import type { Protocol } from "../../api/protocol.ts";
import type { Clock, Timer } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { NodeRegistry } from "./node-registry.ts";

export interface ReadinessOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodes: NodeRegistry;
  readonly protocol: Protocol;
  /** How many nodes of each role are waited for; undefined: one of each role that the protocol routes to. */
  readonly readyNodes: Readonly<Record<string, number>> | undefined;
  /** How long at most, milliseconds. */
  readonly waitMs: number;
  /** Clients may come. Called once. */
  readonly onReady: () => void;
}

/**
 * A gate that has started waits for the nodes of every role that its protocol routes to, so that the first clients after a
 * restart do not meet a gate without nodes. The wait is bounded: what does not come does not keep the others out.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  /** Roles that are waited for, with how many nodes of each. Empty once the gate is ready, and it stays so. */
  readonly #wanted = new Map<string, number>();
  readonly #startedAt: number;
  #timer: Timer | undefined;
  #ready = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
    const { clock, protocol, readyNodes, waitMs } = options;
    this.#startedAt = clock.now();
    if (waitMs > 0) {
      for (const { role } of [...protocol.commands, ...protocol.methods]) {
        const named = readyNodes === undefined || Object.hasOwn(readyNodes, role);
        const count = named ? (readyNodes?.[role] ?? 1) : 0;
        if (count > 0) this.#wanted.set(role, count);
      }
    }
  }

  /** Begins to wait; the gate may be ready at once. */
  start(): void {
    const { clock, log, waitMs } = this.#options;
    this.look();
    if (this.#ready) return;
    log.info({ waitsFor: this.waitsFor, atMostMs: waitMs }, "waiting for nodes before clients are served");
    this.#timer = clock.after(waitMs, () => this.#giveUp());
  }

  /** Roles whose nodes are not all linked: "scene (1 of 2)". Empty for a gate that takes clients. */
  get waitsFor(): string[] {
    return [...this.#wanted].flatMap(([role, count]) => {
      const here = this.#here(role);
      return here < count ? [`${role} (${here} of ${count})`] : [];
    });
  }

  /** A node has come. */
  look(): void {
    if (this.#ready || this.waitsFor.length > 0) return;
    const waitedMs = Math.round(this.#options.clock.now() - this.#startedAt);
    if (this.#timer !== undefined)
      this.#options.log.info({ waitedMs }, "all nodes are linked; clients are served");
    this.#becomeReady();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #giveUp(): void {
    const details = { missing: this.waitsFor, waitedMs: this.#options.waitMs };
    this.#options.log.warn(
      details,
      "nodes are missing; clients are served without them, and commands of their roles fail with UNAVAILABLE",
    );
    this.#becomeReady();
  }

  #becomeReady(): void {
    this.#ready = true;
    this.stop();
    this.#wanted.clear();
    this.#options.onReady();
  }

  #here(role: string): number {
    return this.#options.nodes.role(role).members.filter(({ ready }) => ready).length;
  }
}
