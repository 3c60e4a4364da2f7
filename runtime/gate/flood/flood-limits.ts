import type { RateEntry } from "../../api/protocol.ts";
import { rateRule } from "../../clock/clock-rules.ts";
import { optional, type Resolved, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { either, whole } from "../../options/rule-kinds.ts";

/** Limits of a gate that make a flood of clients slow down or lose its own connections. Part of `GateLimits`. */
export interface FloodLimits {
  /**
   * Rate of new connections of one address. Further ones are closed at once. Default: as many as `connectionsPerAddress` in 5 seconds,
   * and at least 100, so that all players behind one address may reconnect at the same time. false: no limit.
   */
  readonly connectRate?: RateEntry | false;
  /**
   * Bytes that the gate reads from one connection in a second. Then the gate does not read from the client until the budget has
   * recovered. A compressed body counts with its size before compression. Default 4,194,304. false: no limit.
   */
  readonly bytesPerSecond?: number | false;
  /** Frames that the gate reads from one connection in a second; otherwise as `bytesPerSecond`. Default 10,000. */
  readonly framesPerSecond?: number | false;
  /** Bytes that the gate reads from all connections of one address in a second. Default 16,777,216. false: no limit. */
  readonly addressBytesPerSecond?: number | false;
  /** Frames that the gate reads from all connections of one address in a second. Default 20,000. false: no limit. */
  readonly addressFramesPerSecond?: number | false;
  /**
   * Unsent bytes of all clients together. Beyond it the connections whose bytes have been stuck for longest are closed: those stuck
   * for half a second, and beyond four times the limit all. Their sessions can be resumed. Buffers double when they grow, so the
   * memory is up to twice as large. Default 33,554,432.
   */
  readonly unsentGateBytes?: number;
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

/** Time in which an address may open as many connections as it may have, by default; in ms. */
const reconnectAllMs = 5_000;
/** Least count of the default of `connectRate`. */
const leastConnects = 100;

const perSecond = (unit: string) => either([false], whole(1, 0x4000_0000, unit));

/** The rule and default of each limit of {@link FloodLimits}. */
export const floodLimits = {
  // Its default depends on connectionsPerAddress.
  connectRate: optional(either([false], rateRule)),
  bytesPerSecond: withDefault(perSecond("bytes"), 4_194_304),
  framesPerSecond: withDefault(perSecond("frames"), 10_000),
  addressBytesPerSecond: withDefault(perSecond("bytes"), 16_777_216),
  addressFramesPerSecond: withDefault(perSecond("frames"), 20_000),
  unsentGateBytes: withDefault(whole(64, 2 ** 40, "bytes"), 33_554_432),
  nodeInFlightCount: withDefault(whole(1, 100_000_000, "requests"), 16_384),
  nodeBufferBytes: withDefault(whole(64, 0x4000_0000, "bytes"), 2_097_152),
  overloadedNodeCount: withDefault(whole(1, 100_000_000, "commands"), 16),
} satisfies RulesOf<FloodLimits>;

/** Flood limits with all defaults filled in. */
export interface ResolvedFloodLimits extends Omit<Resolved<typeof floodLimits>, "connectRate"> {
  readonly connectRate: RateEntry | false;
}

/** Fills in the default of `connectRate`, which depends on another limit. */
export function completeFloodLimits(limits: {
  readonly connectionsPerAddress: number;
  connectRate?: RateEntry | false | undefined;
}): void {
  const count = Math.min(Math.max(limits.connectionsPerAddress, leastConnects), 1_000_000);
  limits.connectRate ??= { count, perMs: reconnectAllMs };
}
