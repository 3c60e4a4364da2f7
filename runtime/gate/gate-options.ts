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
import { authOption, type TicketOptions, ticketStoreOption } from "./auth/auth-options.ts";
import { type CompressionOptions, compressionOption } from "./compression/compression-options.ts";
import { type ClientReleaseOptions, clientReleasesOption } from "./entrance/client-releases.ts";
import { completeFloodLimits, type FloodLimits, floodLimits } from "./flood/flood-limits.ts";
import { checkClients, type ListenOptions, listenRule } from "./listen-options.ts";
import { type GateLinkTrust, gateLinkTrustOption } from "./peers/allowed-peers.ts";
import { type AdvertisedAddresses, advertiseOption } from "./peers/client-addresses.ts";
import { checkLinkPort } from "./peers/link-port-check.ts";
import { type LoginPolicy, loginsOption, type PeerAddress, peersRule } from "./peers/peer-options.ts";
import { type QueueOptions, queueOption } from "./queue/queue-options.ts";

/** Limits of a gate. Each refusal is counted; the peer gets an error, or its connection closes with a reason. */
export interface GateLimits extends FloodLimits {
  /** Most client connections at a time, from accept to close, with or without a session. Default 20,000. */
  readonly connectionCount?: number;
  /** Most client connections of one address at a time, from accept to close. Default 1,000. */
  readonly connectionsPerAddress?: number;
  /** Leading bits of an IPv6 address that count as one address, 1 to 128. Default 64, the network of one subscriber. */
  readonly ipv6PrefixBits?: number;
  /** Most registered nodes. Default 1,024. */
  readonly nodeCount?: number;
  /** Timeout for a client's first frame and for a node's hello or takeProxy, in ms. Default 5,000. */
  readonly handshakeMs?: number;
  /**
   * How long the gate still sends answers to a client that has ended its side of a TCP connection, in ms. 0 closes the
   * connection at once. Default 10,000.
   */
  readonly halfCloseMs?: number;
  /** Largest value of the length field in frames from clients. Default 65,536. */
  readonly maxFrameBytes?: number;
  /**
   * Largest value of the length field in frames to clients; `Welcome` announces the limit to each client. A larger reply fails
   * with RESOURCE_EXHAUSTED at the caller, a larger push at the sender. Default 1,048,576, or less when hardBufferBytes
   * leaves less room.
   */
  readonly maxServerFrameBytes?: number;
  /** Most requests in flight of one session. Default 1,024. */
  readonly inFlightCount?: number;
  /** Most commands of one lane that are queued while the lane moves from one node to another. Default 256. */
  readonly laneQueueCount?: number;
  /** Longest wait, in ms, until the previous node of a lane has finished the lane's commands. Default 30,000. */
  readonly laneBarrierMs?: number;
  /** Rate of all commands of a session that is not bound to a user. Default 1,000 in a second; false: no limit. */
  readonly guestRate?: RateEntry | false;
  /**
   * Rate of control messages (ping, pong, ack, cancel) and refused commands of one connection. WebSocket control frames and
   * empty frames have a separate budget of this size. Beyond the rate the connection closes. Default 2,000 in a second; false:
   * no limit.
   */
  readonly controlRate?: RateEntry | false;
  /**
   * Frames of one connection that the gate handles in one turn of the event loop; further frames wait for the next turn. A
   * WebSocket frame counts as 8. An empty frame, a control message and a refused command count as 32. Default 512.
   */
  readonly turnFrameCount?: number;
  /**
   * Soft limit of a client's unsent bytes. Above it the gate stops reading from the client, holds "latest" pushes back and
   * drops "droppable" pushes. Default 65,536.
   */
  readonly softBufferBytes?: number;
  /**
   * Hard limit of a client's unsent bytes. Above it the client is kicked as too slow. Must leave room for softBufferBytes and
   * one frame of maxServerFrameBytes. Default 2,097,152.
   */
  readonly hardBufferBytes?: number;
  /** Most subjects of "latest" pushes held back for one client. Beyond it the client is kicked as too slow. Default 4,096. */
  readonly latestPushCount?: number;
  /** Most groups of one session. Default 64. */
  readonly groupsPerSession?: number;
  /** Maximum number of push groups at the gate. Default 100,000. */
  readonly groupCount?: number;
  /** How long a node whose link was lost stays a member of its role and keeps its hash keys, in ms. Default 10,000. */
  readonly rejoinMs?: number;
  /**
   * How long a session waits for its client after the connection is lost, in ms. 0: a session ends with its connection. Default
   * 30,000.
   */
  readonly resumeMs?: number;
  /**
   * Most bytes of unacknowledged answers and pushes of one session, held-back "latest" pushes among them while it has no
   * connection. Beyond it a connected session loses the oldest, and a resume that needs them is refused; a session without a
   * connection ends. At most half of hardBufferBytes. Default 262,144, or less when
   * hardBufferBytes leaves less room.
   */
  readonly resumeSessionBytes?: number;
  /** Most memory for these of all sessions, in bytes. Beyond it sessions without a connection end. Default 268,435,456. */
  readonly resumeGateBytes?: number;
  /**
   * How long a request waits at the gate while its node is away, in ms, before it fails as "not run"; at most half of the time that
   * it has. 0: it fails at once. Default 2,000.
   */
  readonly nodeWaitMs?: number;
  /**
   * Most bytes of bodies that the gate keeps of one session's requests: those that wait for their node, and idempotent ones in
   * flight, to send them again when their node is lost. Each counts 64 bytes more. A request beyond it fails when its node is away
   * or lost. Default 262,144.
   */
  readonly keptSessionBytes?: number;
  /** Most bytes of these bodies of all sessions. Default 67,108,864. */
  readonly keptGateBytes?: number;
  /** Most sessions without a connection. Beyond it the oldest ends, guests before users. Default 20,000. */
  readonly suspendedCount?: number;
  /**
   * How long other gates that are unreachable may still have sessions of a user, in ms: a gate that starts orders no logins before
   * all gates have told their sessions or this time is over, and the sessions of a lost gate count as ended after it. Default
   * 10,000.
   */
  readonly gateLostMs?: number;
  /** Idle timeout of a classic connection, in ms. 0: no timeout, as in gfirefly. Default 900,000. */
  readonly classicIdleMs?: number;
}

/** Options of `Gate.open`. */
export interface GateOptions extends TicketOptions {
  /** Name of the gate, unique among the gates of a cluster. */
  readonly name: string;
  /** Generated routing table of the schema. */
  readonly protocol: Protocol;
  /** Address for clients: TCP and WebSocket on one port. Default 127.0.0.1 and a port that the system chooses. */
  readonly listen?: ListenOptions;
  /**
   * Addresses under which clients reach this gate alone, not others behind a balancer: sessions of a gate that stops are sent there.
   * Default: those of `listen`, or none when it listens on every network; clients then connect to the address that they know.
   */
  readonly advertise?: AdvertisedAddresses;
  /** Address for the links of nodes. Default 127.0.0.1 and a port that the system chooses. */
  readonly links?: { readonly host?: string; readonly port?: number };
  /** Accept classic connections: frames without an envelope, for unmodified gfirefly clients. Default true. */
  readonly classic?: boolean;
  /** Accept connections that speak the session protocol. Default true. */
  readonly session?: boolean;
  /** Header of client frames; defaults as in `defaultFrameFormat`. */
  readonly frame?: Partial<FrameFormat>;
  /**
   * Origins of pages that may open WebSockets: a list ("https://play.example"), or "*" for all. Other origins get status 403.
   * Clients other than browsers send no origin and are accepted. Default: pages of the requested host, on any port.
   */
  readonly origins?: AllowedOrigins | undefined;
  /** Handler of all other HTTP requests on the client port. Default: status 404. */
  readonly http?: HttpHandler | undefined;
  /**
   * Longest wait for nodes before the gate serves clients, in ms. Until then connections are accepted and counted, but not
   * read. 0: no wait. Default 0 here, 8,000 in a topology.
   */
  readonly readyWaitMs?: number;
  /** Number of nodes to wait for, by role. Default: one node of each role that the protocol routes to. */
  readonly readyNodes?: Readonly<Record<string, number>>;
  /**
   * Heartbeat interval of a session, in ms: each side sends at least one message in this time. A connection that is silent for
   * two intervals is closed. Default 15,000.
   */
  readonly heartbeatMs?: number;
  /**
   * Refuse clients whose schema has another fingerprint. Otherwise such clients are served, and find the gate's fingerprint in
   * `Welcome`. Default false.
   */
  readonly requireSchema?: boolean;
  /** Releases of clients that may enter. Default: all that understand the protocol, none that is newer. */
  readonly clients?: ClientReleaseOptions;
  /** Compression of large bodies for clients that ask for it; true: with its defaults. Default false. */
  readonly compression?: boolean | CompressionOptions;
  /** Login queue. Default: none. */
  readonly queue?: QueueOptions;
  /** Policy for a login of a user who has sessions already. Must be the same at all gates. */
  readonly logins?: LoginPolicy;
  /**
   * Link ports of the other gates of the cluster; an entry for this gate is ignored. Gates that do not know each other cannot end
   * the session of a user who logs in at another gate. Default: none; in a topology, all its gates.
   */
  readonly peers?: readonly PeerAddress[];
  /** Proofs that peers of the link port must give, and the roles that they may take. Default: none, any. */
  readonly linkTrust?: GateLinkTrust;
  /** Limits for clients and nodes; each has a default. */
  readonly limits?: GateLimits;
  /** Limits of the links to nodes; each has a default. */
  readonly link?: LinkLimits;
  /** Time source, for tests. Default: the system clock. */
  readonly clock?: Clock;
  /** Logger of the gate, such as pino's. Default: no log. */
  readonly log?: Logger;
  /** Counters that the gate adds to. Default: new counters. */
  readonly counters?: Counters;
}

/** Options of `Gate.close`. */
export interface GateCloseOptions {
  /** Longest wait for answers to requests in flight, in ms. Default 5,000. */
  readonly graceMs?: number;
}

/** Rule that checks {@link GateCloseOptions} and fills in defaults. */
export const gateCloseRule = object({
  graceMs: withDefault(graceRule, 5_000),
} satisfies RulesOf<GateCloseOptions>);

/** Lower bound of maxServerFrameBytes: the gate's own messages, whose texts have up to 1,024 characters, fit into it. */
export const leastServerFrameBytes = 4_096;
/** Default of maxServerFrameBytes, unless hardBufferBytes leaves less room. */
const defaultServerFrameBytes = 1_048_576;
/** Most bytes of a frame, in either layout, that its length field does not count. */
const headBytes = 16;

/** Default of resumeSessionBytes, unless hardBufferBytes leaves less room. */
const defaultResumeSessionBytes = 262_144;

/**
 * Returns the most bytes of a resume window whose repetition does not make its client too slow. The other half of its buffer is for
 * what comes before the client has read them.
 */
function largestWindow({ hardBufferBytes }: { readonly hardBufferBytes: number }): number {
  return Math.floor(hardBufferBytes / 2);
}

/** Returns the largest frame that fits into a client's buffer behind softBufferBytes of unsent data. */
export function largestServerFrame(limits: {
  readonly softBufferBytes: number;
  readonly hardBufferBytes: number;
}): number {
  return Math.max(limits.hardBufferBytes - limits.softBufferBytes - headBytes, leastServerFrameBytes);
}

/** Returns the largest body, in bytes, that fits into a frame of this length behind command and envelope. */
export function largestBody(maxFrameBytes: number): number {
  return maxFrameBytes - commandBytes - envelopeBytes;
}

const hourMs = 3_600_000;
const count = (least: number) => whole(least, 100_000_000, "");
const bytes = whole(64, 0x4000_0000, "bytes");

/** The rule and default of each limit of {@link GateLimits}. The topology uses these rules too. */
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
  resumeMs: withDefault(ms(0, hourMs), 30_000),
  // Its default depends on hardBufferBytes.
  resumeSessionBytes: optional(bytes),
  resumeGateBytes: withDefault(whole(64, 2 ** 40, "bytes"), 268_435_456),
  nodeWaitMs: withDefault(ms(0, hourMs), 2_000),
  keptSessionBytes: withDefault(whole(0, 0x4000_0000, "bytes"), 262_144),
  keptGateBytes: withDefault(whole(0, 2 ** 40, "bytes"), 67_108_864),
  suspendedCount: withDefault(count(1), 20_000),
  gateLostMs: withDefault(ms(0, hourMs), 10_000),
  classicIdleMs: withDefault(ms(0, 24 * hourMs), 900_000),
  ...floodLimits,
} satisfies RulesOf<GateLimits>;

/** Rule that checks {@link GateLimits} and fills in defaults, shared with the topology. */
export const gateLimitsRule = object(gateLimits, {
  renamed: { heldCount: "laneQueueCount", parkedCount: "latestPushCount" },
  together(limits, path, report) {
    completeFloodLimits(limits);
    const { softBufferBytes: soft, hardBufferBytes: hard, maxServerFrameBytes: frame } = limits;
    const window = limits.resumeSessionBytes;
    const largestOf = largestWindow(limits);
    if (window === undefined) {
      limits.resumeSessionBytes = Math.min(defaultResumeSessionBytes, largestOf);
    } else if (window > largestOf) {
      const wrong = `found ${window}, above half of hardBufferBytes, which is ${hard}`;
      const remedy =
        "raise hardBufferBytes, so that a client that resumes is not closed for what is repeated";
      report("out-of-range", [...path, "resumeSessionBytes"], window, said(wrong, remedy));
    }
    if (soft > hard) {
      const wrong = `found ${soft}, above hardBufferBytes, which is ${hard}`;
      const remedy = "lower softBufferBytes, so that pushes are held back before the client is closed";
      report("out-of-range", [...path, "softBufferBytes"], soft, said(wrong, remedy));
    } else if (hard - soft < leastServerFrameBytes + headBytes) {
      const wrong = `found ${hard}, which is less than ${leastServerFrameBytes + headBytes} above softBufferBytes`;
      const remedy = "raise hardBufferBytes, so that the smallest frame fits behind held-back pushes";
      report("out-of-range", [...path, "hardBufferBytes"], hard, said(wrong, remedy));
    }
    const largest = largestServerFrame(limits);
    if (frame === undefined) limits.maxServerFrameBytes = Math.min(defaultServerFrameBytes, largest);
    else if (frame > largest) {
      const wrong = `found ${frame}, but hardBufferBytes has room for ${largest} beside softBufferBytes`;
      const remedy =
        "raise hardBufferBytes, so that one large reply does not close a client that keeps reading";
      report("out-of-range", [...path, "maxServerFrameBytes"], frame, said(wrong, remedy));
    }
  },
});

/** Limits of a gate with all defaults filled in. */
export interface ResolvedGateLimits extends Omit<Resolved<typeof gateLimits>, "connectRate"> {
  readonly connectRate: RateEntry | false;
  readonly maxServerFrameBytes: number;
  readonly resumeSessionBytes: number;
}

/** Checks limits and fills in the defaults. Throws INVALID_ARGUMENT that names each invalid limit. */
export function resolveGateLimits(limits?: GateLimits): ResolvedGateLimits {
  return resolveOptions("gate limits", gateLimitsRule, limits) as ResolvedGateLimits;
}

/** Limits of a gate that sets none. */
export const defaultGateLimits: ResolvedGateLimits = resolveGateLimits();

/** The rules of the gate options that a topology has too. */
export const sharedGateOptions = {
  classic: withDefault(flag, true),
  session: withDefault(flag, true),
  frame: frameOption,
  origins: originsOption,
  heartbeatMs: withDefault(ms(100, hourMs), 15_000),
  requireSchema: withDefault(flag, false),
  auth: authOption,
  compression: compressionOption,
  queue: queueOption,
  logins: loginsOption,
  limits: nested(gateLimitsRule),
} satisfies Partial<RulesOf<GateOptions>>;

const address = object({
  host: withDefault(host, "127.0.0.1"),
  port: withDefault(port, 0),
} satisfies RulesOf<NonNullable<GateOptions["links"]>>);

const gateOptions = {
  ...sharedGateOptions,
  name: required(nodeName),
  protocol: required(having<Protocol>("the protocol of the generated code", "commands", "methods")),
  listen: nested(listenRule),
  advertise: advertiseOption,
  links: nested(address),
  http: optional({ ...callable<HttpHandler>(), expected: "a function (request, response)" }),
  readyWaitMs: withDefault(ms(0, hourMs), 0),
  readyNodes: optional(named(whole(0, 100_000, "nodes"), nodeName)),
  clients: clientReleasesOption,
  ticketStore: ticketStoreOption,
  peers: withDefault(peersRule, []),
  linkTrust: gateLinkTrustOption,
  link: linkLimitsOption,
  clock: clockOption,
  log: loggerOption,
  counters: countersOption,
} satisfies RulesOf<GateOptions>;

/** Options of a gate with all defaults filled in. */
export type ResolvedGateOptions = Omit<Resolved<typeof gateOptions>, "limits"> & {
  readonly limits: ResolvedGateLimits;
};

/** Rule that checks {@link GateOptions} and fills in defaults. */
export const gateOptionsRule = object(gateOptions, {
  together: (...found) => [checkClients, checkLinkPort].forEach((check) => void check(...found)),
});

/** Checks options and fills in the defaults. Throws INVALID_ARGUMENT that names each invalid option. */
export function resolveGateOptions(options: GateOptions): ResolvedGateOptions {
  return resolveOptions("Gate.open", gateOptionsRule, options) as ResolvedGateOptions;
}
