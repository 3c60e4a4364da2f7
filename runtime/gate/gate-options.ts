import type { Protocol, RateEntry } from "../api/protocol.ts";
import type { Clock } from "../clock/clock.ts";
import type { Counters } from "../log/counters.ts";
import type { Logger } from "../log/logger.ts";
import type { LinkLimits } from "../rpc/link-options.ts";
import type { AllowedOrigins } from "../transport/connection/origins.ts";
import type { HttpHandler } from "../transport/http.ts";
import { commandBytes, defaultMaxFrameBytes, type FrameFormat } from "../wire/frame/frame-format.ts";
import { envelopeBytes } from "../wire/session/envelope.ts";

/** Bounds of a gate. Every refusal is counted, and answered or closed with a reason. */
export interface GateLimits {
  /** Client connections at a time, counted from accept to their end, whatever they have sent. Default 20,000. */
  readonly connectionCount?: number;
  /** Client connections of one address at a time, counted from accept to their end. Default 1,000. */
  readonly connectionsPerAddress?: number;
  /** How many leading bits of an IPv6 address count as one address, 1 .. 128. Default 64: one subscriber's network. */
  readonly ipv6PrefixBits?: number;
  /** Nodes that may be registered. Default 1,024. */
  readonly nodeCount?: number;
  /** How long a client may take to its first frame, and a node to its hello or takeProxy. Default 5,000. */
  readonly handshakeMs?: number;
  /**
   * How long a client that has ended its side of a TCP connection may wait for the answers to its requests; 0: it is closed at
   * once. Default 10,000.
   */
  readonly halfCloseMs?: number;
  /** The frame length field's limit, for frames from clients. Default 65,536. */
  readonly maxFrameBytes?: number;
  /**
   * The frame length field's limit, for frames to clients, which are told of it. A reply or push that makes a larger frame is a
   * RESOURCE_EXHAUSTED for whoever asked or pushed. Default 1,048,576, or what hardBufferBytes leaves room for.
   */
  readonly maxServerFrameBytes?: number;
  /** Requests of one session that wait for an answer. Default 1,024. */
  readonly inFlightCount?: number;
  /** Commands of one lane that may wait until another node has finished with the lane. Default 256. */
  readonly laneQueueCount?: number;
  /** How long a command may wait until another node has finished with its lane. Default 30,000. */
  readonly laneBarrierMs?: number;
  /** Commands of a session that is not bound to a user, all together. Default 1,000 in a second; undefined: no limit. */
  readonly guestRate?: RateEntry | undefined;
  /**
   * Control messages (ping, pong, ack, cancel) and refused commands of one connection; WebSocket control frames and empty frames
   * have a count of their own, of the same size. A connection that sends more is closed. Default 2,000 in a second; undefined: no
   * limit.
   */
  readonly controlRate?: RateEntry | undefined;
  /**
   * Frames of one connection that are handled in one turn of the event loop; the next ones wait for a turn. A WebSocket frame
   * counts as 8; one without bytes, a control message and a refused command count as 32. Default 512.
   */
  readonly turnFrameCount?: number;
  /**
   * Unsent bytes of a client above which nothing more is read from it, "latest" pushes are held back and "droppable" ones
   * dropped. Default 65,536.
   */
  readonly softBufferBytes?: number;
  /**
   * Unsent bytes of a client above which it is closed as too slow: room for what softBufferBytes allows, and one frame of
   * maxServerFrameBytes behind it. Default 2,097,152.
   */
  readonly hardBufferBytes?: number;
  /** Subjects of "latest" pushes that may wait for one client; more close it as too slow. Default 4,096. */
  readonly latestPushCount?: number;
  /** Groups that one session may be in. Default 64. */
  readonly groupsPerSession?: number;
  /** Groups of the gate. Default 100,000. */
  readonly groupCount?: number;
  /** How long a node whose link was lost keeps its place among the nodes of its role, and its hash keys. Default 10,000. */
  readonly rejoinMs?: number;
  /** A classic connection that is silent for this long is closed; 0: never, as in gfirefly. Default 900,000. */
  readonly classicIdleMs?: number;
}

export type ResolvedGateLimits = Required<GateLimits>;

/** The limits of a gate that is given none. */
export const defaultGateLimits: ResolvedGateLimits = Object.freeze({
  connectionCount: 20_000,
  connectionsPerAddress: 1_000,
  ipv6PrefixBits: 64,
  nodeCount: 1_024,
  handshakeMs: 5_000,
  halfCloseMs: 10_000,
  maxFrameBytes: defaultMaxFrameBytes,
  maxServerFrameBytes: 1_048_576,
  inFlightCount: 1_024,
  laneQueueCount: 256,
  laneBarrierMs: 30_000,
  guestRate: Object.freeze({ count: 1_000, perMs: 1_000 }),
  controlRate: Object.freeze({ count: 2_000, perMs: 1_000 }),
  turnFrameCount: 512,
  softBufferBytes: 65_536,
  hardBufferBytes: 2_097_152,
  latestPushCount: 4_096,
  groupsPerSession: 64,
  groupCount: 100_000,
  rejoinMs: 10_000,
  classicIdleMs: 900_000,
});

/** Options of `Gate.open`. */
export interface GateOptions {
  /** Unique among the gates of a cluster. */
  readonly name: string;
  /** The generated routing table of the schema. */
  readonly protocol: Protocol;
  /** Where clients connect: TCP and WebSocket on one port. Default 127.0.0.1, a port that the system chooses. */
  readonly listen?: { readonly host?: string; readonly port?: number };
  /** Where nodes connect. Default 127.0.0.1, a port that the system chooses. */
  readonly links?: { readonly host?: string; readonly port?: number };
  /** Accept classic connections: frames without an envelope, for unmodified gfirefly clients. Default true. */
  readonly classic?: boolean;
  /** Accept connections that speak the session protocol. Default true. */
  readonly session?: boolean;
  /** Header of client frames; defaults as in `defaultFrameFormat`. */
  readonly frame?: Partial<FrameFormat>;
  /**
   * Which pages may open WebSockets: a list of origins ("https://play.example"), or "*" for all. Others are answered by 403;
   * clients that are no browsers send no origin, and may. Default: pages of the host that the request is for, by any port.
   */
  readonly origins?: AllowedOrigins | undefined;
  /** Answers other HTTP requests on the client port. Default: 404. */
  readonly http?: HttpHandler | undefined;
  /**
   * How long at most the gate waits for its nodes before it serves connections, milliseconds; meanwhile they are accepted,
   * counted and left unread. 0: it does not wait. Default 0 here, 8,000 in a topology.
   */
  readonly readyWaitMs?: number;
  /** For how many nodes of which roles it waits. Default: for one of each role that the protocol routes to. */
  readonly readyNodes?: Readonly<Record<string, number>>;
  /** Each side of a session says something at least this often; twice as long without a word is the end. Default 15,000. */
  readonly heartbeatMs?: number;
  /** Refuse clients whose schema has another fingerprint, instead of only telling them ours. Default false. */
  readonly requireSchema?: boolean;
  /** Bounds for clients and nodes; each has a default. */
  readonly limits?: GateLimits;
  /** Bounds of the links to nodes; each has a default. */
  readonly link?: LinkLimits;
  /** Where time comes from; for tests. Default: the machine's. */
  readonly clock?: Clock;
  /** Default: nothing is logged. */
  readonly log?: Logger;
  /** Where the gate counts. Default: counters of its own. */
  readonly counters?: Counters;
}

export const defaultHeartbeatMs = 15_000;

/** May be 0. */
const optional: readonly string[] = ["classicIdleMs", "halfCloseMs", "rejoinMs", "laneQueueCount"];

/** Every message that a gate sends by itself fits into a frame of this length: its text has up to 1,024 characters. */
export const leastServerFrameBytes = 4_096;
/** What a frame of either layout is longer than its length field says, at most. */
const headBytes = 16;

/** The largest frame to a client that does not make a client too slow which reads. */
export function largestServerFrame(
  limits: Pick<ResolvedGateLimits, "softBufferBytes" | "hardBufferBytes">,
): number {
  return Math.max(limits.hardBufferBytes - limits.softBufferBytes - headBytes, leastServerFrameBytes);
}

/** The largest body that fits into a frame of this length, behind command and envelope. */
export function largestBody(maxFrameBytes: number): number {
  return maxFrameBytes - commandBytes - envelopeBytes;
}

/** Fills in the defaults; throws a RangeError that names a bad limit. */
export function resolveGateLimits(limits: GateLimits = {}): ResolvedGateLimits {
  const resolved = { ...defaultGateLimits, ...limits };
  const largest = largestServerFrame(resolved);
  if (limits.maxServerFrameBytes === undefined) {
    resolved.maxServerFrameBytes = Math.min(defaultGateLimits.maxServerFrameBytes, largest);
  }
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value !== "number") continue;
    const least = optional.includes(name) ? 0 : 1;
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`gate limit ${name} must be a whole number of at least ${least}, not ${value}`);
    }
  }
  if (resolved.ipv6PrefixBits > 128) {
    throw new RangeError(`gate limit ipv6PrefixBits must be at most 128, not ${resolved.ipv6PrefixBits}`);
  }
  if (resolved.softBufferBytes > resolved.hardBufferBytes) {
    throw new RangeError("gate limit softBufferBytes must not be above hardBufferBytes");
  }
  if (resolved.maxServerFrameBytes < leastServerFrameBytes || resolved.maxServerFrameBytes > largest) {
    throw new RangeError(
      `gate limit maxServerFrameBytes must be ${leastServerFrameBytes} .. ${largest}, which is what hardBufferBytes has ` +
        `room for, not ${resolved.maxServerFrameBytes}`,
    );
  }
  return resolved;
}
