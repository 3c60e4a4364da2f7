import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../schema/errors.ts";
import type { Place, ServerStrike } from "./process-round.ts";

/** How long a partition lasts, in ms: longer than the peers of the round wait for each other. */
const partitionMs = 1_500;

/**
 * Network namespaces of Linux: one for the gate, one for the nodes. Packets between them, and between clients and the gate, vanish
 * while the link of a pair is down; no side is told. Needs root and `ip` (Debian: iproute2).
 */
export class Partitions implements Disposable {
  readonly #gate = `photinus-gate-${process.pid}`;
  readonly #nodes = `photinus-node-${process.pid}`;
  /** Ends of the two pairs of links; a name of an interface has at most 15 characters. */
  readonly #clientEnd = `pc${process.pid}`;
  readonly #gateEnd = `pg${process.pid}`;
  readonly #linkEnd = `pl${process.pid}`;
  readonly #nodeEnd = `pn${process.pid}`;
  readonly #network = process.pid % 250;

  private constructor() {}

  /** Makes the namespaces. Returns why they cannot be made here, instead. */
  static open(): Partitions | string {
    if (process.getuid?.() !== 0) return "network namespaces need root";
    const partitions = new Partitions();
    try {
      partitions.#make();
      return partitions;
    } catch (error) {
      partitions[Symbol.dispose]();
      return `network namespaces cannot be made (ip of iproute2): ${messageOf(error).split("\n")[0]}`;
    }
  }

  get place(): Place {
    return {
      gateHost: `10.198.${this.#network}.2`,
      linkHost: `10.199.${this.#network}.1`,
      gateInside: ["ip", "netns", "exec", this.#gate],
      nodesInside: ["ip", "netns", "exec", this.#nodes],
      strikes: [
        this.#strike("nodes apart from the gate", [this.#linkEnd]),
        this.#strike("clients apart from the gate", [this.#gateEnd]),
        this.#strike("the gate apart from all", [this.#linkEnd, this.#gateEnd]),
      ],
    };
  }

  [Symbol.dispose](): void {
    for (const name of [this.#gate, this.#nodes]) {
      try {
        ip("netns", "del", name);
      } catch {
        // Not made.
      }
    }
  }

  #make(): void {
    for (const name of [this.#gate, this.#nodes]) {
      ip("netns", "add", name);
      ip("-n", name, "link", "set", "lo", "up");
    }
    ip("link", "add", this.#clientEnd, "type", "veth", "peer", "name", this.#gateEnd, "netns", this.#gate);
    ip("addr", "add", `10.198.${this.#network}.1/24`, "dev", this.#clientEnd);
    ip("link", "set", this.#clientEnd, "up");
    this.#configure(this.#gate, this.#gateEnd, `10.198.${this.#network}.2/24`);
    const peer = ["peer", "name", this.#nodeEnd, "netns", this.#nodes];
    ip("-n", this.#gate, "link", "add", this.#linkEnd, "type", "veth", ...peer);
    this.#configure(this.#gate, this.#linkEnd, `10.199.${this.#network}.1/24`);
    this.#configure(this.#nodes, this.#nodeEnd, `10.199.${this.#network}.2/24`);
  }

  #configure(namespace: string, end: string, address: string): void {
    ip("-n", namespace, "addr", "add", address, "dev", end);
    ip("-n", namespace, "link", "set", end, "up");
  }

  #strike(name: string, ends: readonly string[]): ServerStrike {
    return {
      name,
      run: async () => {
        for (const end of ends) ip("-n", this.#gate, "link", "set", end, "down");
        await sleep(partitionMs);
        for (const end of ends) ip("-n", this.#gate, "link", "set", end, "up");
      },
    };
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}
