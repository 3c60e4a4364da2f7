import { type RulesOf, withDefault } from "../options/option-rules.ts";
import { whole } from "../options/rule-kinds.ts";

/** Limits of a gate that make a flood of clients slow down or lose its own connections. Part of `GateLimits`. */
export interface FloodLimits {
  /**
   * Requests in flight at one node, of all clients together, above which the node counts as overloaded. The gate then stops reading
   * from the clients that load the node. Default 16,384.
   */
  readonly nodeInFlightCount?: number;
  /** Bytes queued for one node above which the node counts as overloaded. Default 2,097,152. */
  readonly nodeBufferBytes?: number;
  /**
   * Commands that one client may send to an overloaded node in a second. The gate then stops reading from the client, for at most a
   * second. At twice the limits of an overloaded node every client may send one command. Default 16.
   */
  readonly overloadedNodeCount?: number;
}

/** The rule and default of each limit of {@link FloodLimits}. */
export const floodLimits = {
  nodeInFlightCount: withDefault(whole(1, 100_000_000, "requests"), 16_384),
  nodeBufferBytes: withDefault(whole(64, 0x4000_0000, "bytes"), 2_097_152),
  overloadedNodeCount: withDefault(whole(1, 100_000_000, "commands"), 16),
} satisfies RulesOf<FloodLimits>;
