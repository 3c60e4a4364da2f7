import { deadlinesOption, graceRule, rateRule } from "../clock/clock-rules.ts";
import type { Deadlines } from "../clock/deadlines.ts";
import type { Rate } from "../clock/rate-limit.ts";
import type { Counters } from "../log/counters.ts";
import { countersOption, loggerOption } from "../log/log-rules.ts";
import type { Logger } from "../log/logger.ts";
import { host, port } from "../options/address-rules.ts";
import {
  type Given,
  object,
  optional,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { callable, either, flag, having, ms, whole } from "../options/rule-kinds.ts";
import { type PortCipher, portCipherRule } from "./cipher/cipher-options.ts";
import type { AdmissionRefusal, Admissions } from "./connection/admissions.ts";
import { type AllowedOrigins, originsOption } from "./connection/origins.ts";
import { defaultTurnFrameCount } from "./connection/turns.ts";
import type { HttpHandler } from "./http.ts";
import { checkProxies, type ProxyOptions, proxyOptions } from "./proxy/proxy-options.ts";
import type { ServerCredentials } from "./tls/server-credentials.ts";
import { defaultHandshakeCount, defaultHandshakeRate, handshakeCountRule } from "./tls/tls-options.ts";
import { defaultCloseGraceMs, type Transport } from "./transport.ts";
import type { TransportBuffers } from "./transport-buffers.ts";

/** Options of `openPort`. */
export interface PortOptions {
  /** Address to listen on. Default "127.0.0.1". */
  host?: string;
  /** Port to listen on. Default 0: the system chooses. */
  port?: number;
  /** Receives each new connection, and must either start or close it. */
  onTransport: (transport: Transport) => void;
  /** Whether to serve WebSockets; false does not even load the `ws` library. Default true. */
  webSocket?: boolean;
  /** Whether to serve frames over plain TCP. Default true. */
  tcp?: boolean;
  /**
   * Answers other HTTP requests. Default: 404 for all; together with `webSocket: false`, HTTP connections are rejected.
   */
  http?: HttpHandler | undefined;
  /** Idle time after which an HTTP connection is closed, in ms. Default 30,000. */
  httpIdleMs?: number;
  /**
   * Origins of the pages that may open WebSockets; others are answered with 403. Default: pages of the host that the
   * request names.
   */
  origins?: AllowedOrigins | undefined;
  /** Largest WebSocket message from a client, in bytes. Default 1 MiB. */
  maxMessageBytes?: number;
  /** Time within which a connection has to show its protocol, in ms; then it is closed. Default 5,000. */
  firstBytesMs?: number;
  /** Certificates of a port that speaks TLS only. Default: none, the port speaks no TLS. Their owner closes them. */
  tls?: ServerCredentials | undefined;
  /** Most TLS handshakes at a time; further connections wait. Default 1,024. */
  tlsHandshakeCount?: number;
  /** Rate of TLS handshakes of all connections together; further ones wait. Default 500 in a second. */
  tlsHandshakeRate?: Rate;
  /** Whether each connection begins with the header of a proxy; see {@link ProxyOptions.proxy}. Default: no. */
  proxy?: ProxyOptions["proxy"];
  /** Whether proxies name clients in a header of HTTP; see {@link ProxyOptions.forwarded}. Default: no. */
  forwarded?: ProxyOptions["forwarded"];
  /** Addresses of the proxies; see {@link ProxyOptions.trustedProxies}. */
  trustedProxies?: ProxyOptions["trustedProxies"];
  /** Counts each connection from accept to close, and rejects connections beyond its limits. Default: no limits. */
  admissions?: Admissions;
  /**
   * Most connections that have not shown their protocol. Beyond it, a new connection closes the oldest of them. Default:
   * no limit besides `admissions`.
   */
  silentCount?: number | undefined;
  /** Called for each connection that `admissions` rejected, after it was closed. */
  onRefused?: (why: AdmissionRefusal, remote: string) => void;
  /** Whether connections are accepted and counted, but not read until `Port.release`. Default false. */
  held?: boolean;
  /** Frames of one connection in one turn of the event loop; further frames wait for the next turn. Default 1,024. */
  turnFrameCount?: number;
  /**
   * Rate limit of the control frames and empty frames of one WebSocket, beyond which it is closed. Default false: no
   * limit.
   */
  controlRate?: Rate | false;
  /** Ciphers of the port: connections that begin with one are encrypted. Default: none. */
  cipher?: PortCipher | undefined;
  /** How long connections may take to finish when the port closes, in ms. Default 2,000. */
  closeGraceMs?: number;
  /** Timer for silent connections; share that of the process. Default: a new one. */
  deadlines?: Deadlines;
  /** Memory for output and input; share that of the process. Default: new memory. */
  buffers?: TransportBuffers;
  log?: Logger;
  /**
   * Counters for "connections.accepted", "connections.not-accepted", "connections.refused.<reason>", and
   * "descriptors.short", the number of seconds without a free file descriptor.
   */
  counters?: Counters | undefined;
}

/** Rule that checks {@link PortOptions} and fills in defaults. */
export const portOptionsRule = object(
  {
    host: withDefault(host, "127.0.0.1"),
    port: withDefault(port, 0),
    onTransport: required(callable<PortOptions["onTransport"]>()),
    webSocket: withDefault(flag, true),
    tcp: withDefault(flag, true),
    http: optional({ ...callable<HttpHandler>(), expected: "a function (request, response)" }),
    httpIdleMs: withDefault(ms(1), 30_000),
    origins: originsOption,
    maxMessageBytes: withDefault(whole(1, 0x4000_0000, "bytes"), 2 ** 20),
    firstBytesMs: withDefault(ms(1), 5_000),
    tls: optional(having<ServerCredentials>("ServerCredentials", "contextFor", "refusalOf")),
    tlsHandshakeCount: withDefault(handshakeCountRule, defaultHandshakeCount),
    tlsHandshakeRate: withDefault(rateRule, defaultHandshakeRate),
    ...proxyOptions,
    silentCount: optional(whole(1, 100_000_000, "")),
    admissions: optional(having<Admissions>("the Admissions of the port", "enter", "leave")),
    onRefused: optional(callable<(why: AdmissionRefusal, remote: string) => void>()),
    held: withDefault(flag, false),
    turnFrameCount: withDefault(whole(1, 100_000_000, ""), defaultTurnFrameCount),
    controlRate: withDefault(either([false], rateRule), false),
    cipher: optional(portCipherRule),
    closeGraceMs: withDefault(graceRule, defaultCloseGraceMs),
    deadlines: deadlinesOption,
    buffers: optional(having<TransportBuffers>("a TransportBuffers", "readBuffer")),
    log: loggerOption,
    counters: countersOption,
  } satisfies RulesOf<PortOptions>,
  { together: checkProxies },
);

/** Options of `openPort` with all defaults filled in. */
export type ResolvedPortOptions = Given<typeof portOptionsRule>;
