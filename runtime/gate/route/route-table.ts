import type { CommandEntry, Protocol } from "../../api/protocol.ts";
import { RateLimit } from "../../clock/rate-limit.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import { authRank } from "../session/gate-session.ts";

/** A command with all that its relay needs, looked up beforehand. */
export interface CommandRoute {
  readonly entry: CommandEntry;
  readonly id: number;
  readonly notify: boolean;
  /** Least rank that a session must have. */
  readonly auth: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly role: Role;
  /** Index of the lane among those of a session, -1 for none. */
  readonly lane: number;
  readonly rate: RateLimit | undefined;
  /** Index of its bucket. */
  readonly rateIndex: number;
}

/** The gate's routing table, made once from the protocol. */
export class RouteTable {
  readonly commands = new Map<number, CommandRoute>();
  /** Buckets that a session needs: one for each command with a rate, and bucket 0 for guests. */
  readonly bucketCount: number;

  constructor(protocol: Protocol, nodes: NodeRegistry) {
    const lanes = new Map<string, number>();
    let buckets = 1;
    for (const entry of protocol.commands) {
      this.commands.set(entry.id, {
        entry,
        id: entry.id,
        notify: entry.kind === "notify",
        auth: authRank[entry.auth],
        maxBytes: entry.maxBytes > 0 ? entry.maxBytes : Number.POSITIVE_INFINITY,
        timeoutMs: entry.timeoutMs,
        role: nodes.role(entry.role),
        lane: laneIndex(lanes, entry),
        rate: entry.rate && new RateLimit(entry.rate),
        rateIndex: entry.rate ? buckets++ : 0,
      });
    }
    this.bucketCount = buckets;
  }
}

/** A named lane is one lane, whatever roles its commands have; the default lane is one for each role. */
function laneIndex(lanes: Map<string, number>, { lane, role }: CommandEntry): number {
  if (lane === "*") return -1;
  const key = lane === "" ? `role ${role}` : `lane ${lane}`;
  const index = lanes.get(key) ?? lanes.size;
  lanes.set(key, index);
  return index;
}
