import { fail } from "../../../schema/errors.ts";
import { type CanaryOptions, canaryRule } from "../../node/canary-options.ts";
import { resolveOptions } from "../../options/option-resolver.ts";
import type { ResolvedNode } from "../topology/resolved-topology.ts";

export type { CanaryStatus } from "../../node/canary-options.ts";

/** Change of what canary nodes take, as it passes between processes. */
export interface CanaryChange {
  /** Name of a canary node, or of a role for all of its canary nodes. */
  readonly name: string;
  /** Percentage of keys, users and sessions. Default: as it is. */
  readonly percent?: number;
  /** Ids of users, as decimal texts. Default: as they are. */
  readonly users?: readonly string[];
}

/** Shares of the canary nodes of a topology: the topology's settings, and changes since its start. */
export class CanarySettings {
  readonly #nodes: readonly ResolvedNode[];
  readonly #now = new Map<string, CanaryOptions>();

  constructor(nodes: readonly ResolvedNode[]) {
    this.#nodes = nodes;
    for (const { name, canary } of nodes) if (canary !== undefined) this.#now.set(name, canary);
  }

  /** Share of a node; undefined for a node that is no canary. */
  of(name: string): CanaryOptions | undefined {
    return this.#now.get(name);
  }

  /**
   * Changes the settings. Returns the names of the nodes. Throws NOT_FOUND for an unknown name, FAILED_PRECONDITION when no canary node
   * has it, and INVALID_ARGUMENT for a wrong percentage or user.
   */
  change({ name, percent, users }: CanaryChange): string[] {
    const named = this.#nodes.filter((node) => node.name === name || node.role === name);
    if (named.length === 0) {
      const names = [...this.#now.keys()].join(", ") || "none";
      throw fail("NOT_FOUND", `no node or role "${name}" runs here; canary nodes: ${names}`);
    }
    const canaries = named.filter((node) => this.#now.has(node.name));
    if (canaries.length === 0)
      throw fail("FAILED_PRECONDITION", `"${name}" is no canary; give its nodes canary: {} in the topology`);
    const change = {
      ...(percent !== undefined && { percent }),
      ...(users !== undefined && { users }),
    };
    resolveOptions("photinus canary", canaryRule, change);
    for (const node of canaries) this.#now.set(node.name, { ...this.#now.get(node.name), ...change });
    return canaries.map((node) => node.name);
  }
}

/** Returns settings in the form that passes between processes: ids of users are texts. */
export function plainCanary({ users, ...rest }: CanaryOptions): CanaryOptions {
  return { ...rest, ...(users && { users: users.map(String) }) };
}
