import type { Role } from "../nodes/node-peer.ts";

/** Most calls between nodes that a gate holds, and most bytes of their bodies. */
const mostCalls = 4_096;
const mostBytes = 16 * 1_024 * 1_024;

/** Calls between nodes whose keys move to other nodes. */
export class HeldCalls {
  readonly #held = new Map<Role, (() => void)[]>();
  #count = 0;
  #bytes = 0;

  /** Holds a call; `again` routes it. Returns false when there is no room. */
  add(role: Role, bytes: number, again: () => void): boolean {
    if (this.#count >= mostCalls || this.#bytes + bytes > mostBytes) return false;
    this.#count++;
    this.#bytes += bytes;
    const held = this.#held.get(role) ?? [];
    this.#held.set(role, held);
    held.push(() => {
      this.#count--;
      this.#bytes -= bytes;
      again();
    });
    return true;
  }

  /** Routes the calls of a role again, in their order. A call that is held again keeps its place. */
  release(role: Role): void {
    const held = this.#held.get(role);
    this.#held.delete(role);
    for (const again of held ?? []) again();
  }
}
