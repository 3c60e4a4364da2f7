import type { Protocol, RateEntry } from "../api/protocol.ts";
import type { Clock } from "../clock/clock.ts";
import { clockOption, graceRule, rateRule } from "../clock/clock-rules.ts";
import type { Counters } from "../log/counters.ts";
import { countersOption, loggerOption } from "../log/log-rules.ts";
import type { Logger } from "../log/logger.ts";
import { host, nodeName, port } from "../options/address-rules.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import {
  nested,
  object,
  optional,
  type Path,
  type Report,
  type Resolved,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { callable, either, flag, having, ms, named, said, whole } from "../options/rule-kinds.ts";
import { type LinkLimits, linkLimitsOption } from "../rpc/link-options.ts";
import { type AllowedOrigins, originsOption } from "../transport/connection/origins.ts";
import type { HttpHandler } from "../transport/http.ts";
import {
  commandBytes,
  defaultMaxFrameBytes,
  type FrameFormat,
  frameOption,
} from "../wire/frame/frame-format.ts";
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
  /** Commands of a session that is not bound to a user, all together. Default 1,000 in a second; false: no limit. */
  readonly guestRate?: RateEntry | false;
  /**
   * Control messages (ping, pong, ack, cancel) and refused commands of one connection; WebSocket control frames and empty frames
   * have a count of their own, of the same size. A connection that sends more is closed. Default 2,000 in a second; false: no
   * limit.
   */
  readonly controlRate?: RateEntry | false;
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

/** Options of `Gate.close`. */
export interface GateCloseOptions {
  /** How long requests under way may take to be answered, milliseconds. Default 5,000. */
  readonly graceMs?: number;
}

/** The rules of {@link GateCloseOptions}. */
export const gateCloseRule = object({
  graceMs: withDefault(graceRule, 5_000),
} satisfies RulesOf<GateCloseOptions>);

/** Every message that a gate sends by itself fits into a frame of this length: its text has up to 1,024 characters. */
export const leastServerFrameBytes = 4_096;
/** Where hardBufferBytes has room for it. */
const defaultServerFrameBytes = 1_048_576;
/** What a frame of either layout is longer than its length field says, at most. */
const headBytes = 16;

/** The largest frame to a client that does not make a client too slow which reads. */
export function largestServerFrame(limits: {
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
}): number {
  return Math.max(limits.hardBufferBytes - limits.softBufferBytes - headBytes, leastServerFrameBytes);
}

/** The largest body that fits into a frame of this length, behind command and envelope. */
export function largestBody(maxFrameBytes: number): number {
  return maxFrameBytes - commandBytes - envelopeBytes;
}

const hourMs = 3_600_000;
const count = (least: number) => whole(least, 100_000_000, "");
const bytes = whole(64, 0x4000_0000, "bytes");

/** A limit of {@link GateLimits} has its rule and its default here, and nowhere else. */
const gateLimits = {
  connectionCount: withDefault(count(1), 20_000),
  connectionsPerAddress: withDefault(count(1), 1_000),
  ipv6PrefixBits: withDefault(whole(1, 128, "bits"), 64),
  nodeCount: withDefault(count(1), 1_024),
  handshakeMs: withDefault(ms(1, hourMs), 5_000),
  halfCloseMs: withDefault(ms(0, hourMs), 10_000),
  maxFrameBytes: withDefault(bytes, defaultMaxFrameBytes),
  // Its default depends on hardBufferBytes.
  maxServerFrameBytes: optional(whole(leastServerFrameBytes, 0x4000_0000, "bytes")),
  inFlightCount: withDefault(count(1), 1_024),
  laneQueueCount: withDefault(count(0), 256),
  laneBarrierMs: withDefault(ms(1, hourMs), 30_000),
  guestRate: withDefault(either([false], rateRule), { count: 1_000, perMs: 1_000 }),
  controlRate: withDefault(either([false], rateRule), { count: 2_000, perMs: 1_000 }),
  turnFrameCount: withDefault(count(1), 512),
  softBufferBytes: withDefault(bytes, 65_536),
  hardBufferBytes: withDefault(bytes, 2_097_152),
  latestPushCount: withDefault(count(1), 4_096),
  groupsPerSession: withDefault(count(1), 64),
  groupCount: withDefault(count(1), 100_000),
  rejoinMs: withDefault(ms(0, hourMs), 10_000),
  classicIdleMs: withDefault(ms(0, 24 * hourMs), 900_000),
} satisfies RulesOf<GateLimits>;

/** The rules of {@link GateLimits}; the topology has the same. */
export const gateLimitsRule = object(gateLimits, {
  together(limits, path, report) {
    const { softBufferBytes: soft, hardBufferBytes: hard, maxServerFrameBytes: frame } = limits;
    if (soft > hard) {
      const wrong = `it is ${soft}, above hardBufferBytes, which is ${hard}`;
      const remedy = "let pushes be held back before the client is closed";
      report("out-of-range", [...path, "softBufferBytes"], soft, said(wrong, remedy));
    }
    const largest = largestServerFrame(limits);
    if (frame === undefined) limits.maxServerFrameBytes = Math.min(defaultServerFrameBytes, largest);
    else if (frame > largest) {
      const wrong = `it is ${frame}, but hardBufferBytes has room for ${largest} beside softBufferBytes`;
      const remedy = "raise hardBufferBytes, so that a client which reads is not closed for one large reply";
      report("out-of-range", [...path, "maxServerFrameBytes"], frame, said(wrong, remedy));
    }
  },
});

export interface ResolvedGateLimits extends Resolved<typeof gateLimits> {
  readonly maxServerFrameBytes: number;
}

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad limit. */
export function resolveGateLimits(limits?: GateLimits): ResolvedGateLimits {
  return resolveOptions("gate limits", gateLimitsRule, limits) as ResolvedGateLimits;
}

/** The limits of a gate that is given none. */
export const defaultGateLimits: ResolvedGateLimits = resolveGateLimits();

/** The rules of a gate's options that the topology has too. */
export const sharedGateOptions = {
  classic: withDefault(flag, true),
  session: withDefault(flag, true),
  frame: frameOption,
  origins: originsOption,
  heartbeatMs: withDefault(ms(100, hourMs), 15_000),
  requireSchema: withDefault(flag, false),
  limits: nested(gateLimitsRule),
} satisfies Partial<RulesOf<GateOptions>>;

const address = object({
  host: withDefault(host, "127.0.0.1"),
  port: withDefault(port, 0),
} satisfies RulesOf<NonNullable<GateOptions["listen"]>>);

const gateOptions = {
  ...sharedGateOptions,
  name: required(nodeName),
  protocol: required(having<Protocol>("the protocol of the generated code", "commands", "methods")),
  listen: nested(address),
  links: nested(address),
  http: optional(callable<HttpHandler>("a function (request, response)")),
  readyWaitMs: withDefault(ms(0, hourMs), 0),
  readyNodes: optional(named(whole(0, 100_000, "nodes"), nodeName)),
  link: linkLimitsOption,
  clock: clockOption,
  log: loggerOption,
  counters: countersOption,
} satisfies RulesOf<GateOptions>;

export type ResolvedGateOptions = Omit<Resolved<typeof gateOptions>, "limits"> & {
  readonly limits: ResolvedGateLimits;
};

export const gateOptionsRule = object(gateOptions, { together: checkClients });

/** Reports a gate that takes no client at all. */
export function checkClients(
  { classic, session }: { readonly classic: boolean; readonly session: boolean },
  path: Path,
  report: Report,
): void {
  if (classic || session) return;
  const wrong = "neither classic nor session connections are taken, so no client can connect";
  report("wrong-kind", [...path, "session"], session, said(wrong, "let one of the two be true"));
}

/** Fills in the defaults. Throws INVALID_ARGUMENT that names each bad option. */
export function resolveGateOptions(options: GateOptions): ResolvedGateOptions {
  return resolveOptions("Gate.open", gateOptionsRule, options) as ResolvedGateOptions;
}
