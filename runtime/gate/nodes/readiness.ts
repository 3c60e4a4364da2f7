import type { Protocol } from "../../api/protocol.ts";
import type { Clock, Timer } from "../../clock/clock.ts";
import type { Logger } from "../../log/logger.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** Options of {@link Readiness}. */
export interface ReadinessOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly nodes: NodeRegistry;
  readonly protocol: Protocol;
  /** Number of nodes to wait for, by role; undefined: one node of each role that the protocol routes to. */
  readonly readyNodes: Readonly<Record<string, number>> | undefined;
  /** Longest wait, in ms; 0: no wait. */
  readonly waitMs: number;
  /** Called once, when clients may be served. */
  readonly onReady: () => void;
}

/**
 * Holds clients back after a gate's start until nodes of every role are linked, so that the first clients do not get UNAVAILABLE.
 * The wait is bounded: a missing node delays clients, but does not lock them out.
 */
export class Readiness {
  readonly #options: ReadinessOptions;
  /** Number of nodes to wait for, by role. Empty from the moment the gate is ready. */
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

  /** Starts the wait. Calls `onReady` at once when no node is missing. */
  start(): void {
    const { clock, log, waitMs } = this.#options;
    this.look();
    if (this.#ready) return;
    log.info({ waitsFor: this.waitsFor, atMostMs: waitMs }, "waiting for nodes before clients are served");
    this.#timer = clock.after(waitMs, () => this.#giveUp());
  }

  /** Roles with missing nodes, "scene (1 of 2)". Empty once clients are served. */
  get waitsFor(): string[] {
    return [...this.#wanted].flatMap(([role, count]) => {
      const here = this.#here(role);
      return here < count ? [`${role} (${here} of ${count})`] : [];
    });
  }

  /** Checks for missing nodes. To be called after each registration of a node. */
  look(): void {
    if (this.#ready || this.waitsFor.length > 0) return;
    const waitedMs = Math.round(this.#options.clock.now() - this.#startedAt);
    if (this.#timer !== undefined)
      this.#options.log.info({ waitedMs }, "all nodes are linked; clients are served");
    this.#becomeReady();
  }

  /** Ends the wait without serving clients, when the gate closes. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** Serves clients although nodes are missing, when the wait is over. */
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
