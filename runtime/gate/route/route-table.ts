import type { CommandEntry, Protocol } from "../../api/protocol.ts";
import { RateLimit } from "../../clock/rate-limit.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import { authRank } from "../session/gate-session.ts";
import { DeprecatedUses } from "./deprecated-uses.ts";

/** Command of the schema with everything that routing needs, looked up once at start. */
export interface CommandRoute {
  readonly entry: CommandEntry;
  readonly id: number;
  readonly notify: boolean;
  /** True for an idempotent request, which is sent again when its node is lost. */
  readonly retried: boolean;
  /** Lowest rank of `authRank` that a session needs. */
  readonly auth: number;
  /** Largest body from a client, in bytes; infinite when the schema sets no limit. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly role: Role;
  /** Index in a session's `lanes`; -1 for a command without a lane. */
  readonly lane: number;
  readonly rate: RateLimit | undefined;
  /** Index of the rate's bucket in a session's `buckets`. */
  readonly rateIndex: number;
  /** Index of a deprecated command in {@link DeprecatedUses}; -1 for any other command. */
  readonly deprecated: number;
}

/** Routing table of a gate, made once from the protocol. */
export class RouteTable {
  readonly commands = new Map<number, CommandRoute>();
  /** Number of rate buckets of a session: one for each command with a rate, and bucket 0 for guests. */
  readonly bucketCount: number;
  readonly uses: DeprecatedUses;

  constructor(protocol: Protocol, nodes: NodeRegistry) {
    const lanes = new Map<string, number>();
    let buckets = 1;
    let deprecated = 0;
    this.uses = new DeprecatedUses(protocol);
    for (const entry of protocol.commands) {
      this.commands.set(entry.id, {
        entry,
        id: entry.id,
        notify: entry.kind === "notify",
        retried: entry.kind === "request" && entry.idempotent,
        auth: authRank[entry.auth],
        maxBytes: entry.maxBytes > 0 ? entry.maxBytes : Number.POSITIVE_INFINITY,
        timeoutMs: entry.timeoutMs,
        role: nodes.role(entry.role),
        lane: laneIndex(lanes, entry),
        rate: entry.rate && new RateLimit(entry.rate),
        rateIndex: entry.rate ? buckets++ : 0,
        deprecated: entry.deprecated === true ? deprecated++ : -1,
      });
    }
    this.bucketCount = buckets;
  }
}

/** Returns the index of a command's lane. A named lane spans roles; the default lane is a separate one for each role. */
function laneIndex(lanes: Map<string, number>, { lane, role }: CommandEntry): number {
  if (lane === "*") return -1;
  const key = lane === "" ? `role ${role}` : `lane ${lane}`;
  const index = lanes.get(key) ?? lanes.size;
  lanes.set(key, index);
  return index;
}
