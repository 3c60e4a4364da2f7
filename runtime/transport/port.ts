import { createServer, type Server, type Socket } from "node:net";
import { fail, type PhotinusError } from "../../schema/errors.ts";
import { systemClock } from "../clock/clock.ts";
import { deadlinesOption, graceRule, rateRule } from "../clock/clock-rules.ts";
import { Deadlines } from "../clock/deadlines.ts";
import { type Rate, rateLimitOf } from "../clock/rate-limit.ts";
import { CountedLog } from "../log/counted-log.ts";
import { Counters } from "../log/counters.ts";
import { countersOption, loggerOption } from "../log/log-rules.ts";
import type { Logger } from "../log/logger.ts";
import { host, port } from "../options/address-rules.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import {
  type Given,
  object,
  optional,
  type RulesOf,
  required,
  withDefault,
} from "../options/option-rules.ts";
import { callable, either, flag, having, ms, whole } from "../options/rule-kinds.ts";
import type { AdmissionRefusal, Admissions } from "./connection/admissions.ts";
import { type AllowedOrigins, Origins, originsOption } from "./connection/origins.ts";
import { defaultTurnFrameCount, Turns } from "./connection/turns.ts";
import { DescriptorWatch } from "./descriptor-watch.ts";
import { FirstBytes, type FirstWords } from "./first-bytes.ts";
import { type HttpHandler, HttpSide, type Upgrader } from "./http.ts";
import { acceptTcp, addressOf, socketReason } from "./tcp.ts";
import { defaultCloseGraceMs, type Transport } from "./transport.ts";
import { TransportBuffers } from "./transport-buffers.ts";

/** Options of {@link openPort}. */
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
  /** Counts each connection from accept to close, and rejects connections beyond its limits. Default: no limits. */
  admissions?: Admissions;
  /** Called for each connection that `admissions` rejected, after it was closed. */
  onRefused?: (why: AdmissionRefusal, remote: string) => void;
  /** Whether connections are accepted and counted, but not read until {@link Port.release}. Default false. */
  held?: boolean;
  /** Frames of one connection in one turn of the event loop; further frames wait for the next turn. Default 1,024. */
  turnFrameCount?: number;
  /**
   * Rate limit of the control frames and empty frames of one WebSocket, beyond which it is closed. Default false: no
   * limit.
   */
  controlRate?: Rate | false;
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
export const portOptionsRule = object({
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
  admissions: optional(having<Admissions>("the Admissions of the port", "enter", "leave")),
  onRefused: optional(callable<(why: AdmissionRefusal, remote: string) => void>()),
  held: withDefault(flag, false),
  turnFrameCount: withDefault(whole(1, 100_000_000, ""), defaultTurnFrameCount),
  controlRate: withDefault(either([false], rateRule), false),
  closeGraceMs: withDefault(graceRule, defaultCloseGraceMs),
  deadlines: deadlinesOption,
  buffers: optional(having<TransportBuffers>("a TransportBuffers", "readBuffer")),
  log: loggerOption,
  counters: countersOption,
} satisfies RulesOf<PortOptions>);

/** Options of {@link Port.close}. */
export interface PortCloseOptions {
  /** How long connections may take to finish, in ms. Default: the port's `closeGraceMs`. */
  graceMs?: number;
}

/** Rule that checks {@link PortCloseOptions} and fills in defaults. */
export const portCloseRule = object({ graceMs: optional(graceRule) } satisfies RulesOf<PortCloseOptions>);

type ResolvedPortOptions = Given<typeof portOptionsRule>;

/**
 * Listens on one port for frames over TCP, for WebSockets and for HTTP, distinguished by their first bytes. Rejects
 * with INVALID_ARGUMENT for a bad option, and with a `PhotinusError` that names the address and the remedy when it
 * cannot listen.
 */
export async function openPort(given: PortOptions): Promise<Port> {
  const options = resolveOptions("openPort", portOptionsRule, given);
  const core = new PortCore(options);
  if (options.webSocket) {
    const { webSocketUpgrader } = await import("./websocket-upgrade.ts");
    core.serveHttp(
      webSocketUpgrader({
        buffers: core.buffers,
        turns: core.turns,
        clock: core.deadlines.clock,
        controlRate: rateLimitOf(options.controlRate),
        origins: new Origins(options.origins),
        onForeignOrigin: (page, remote) => core.refused("origin", remote, page),
        onTransport: (transport, socket) => core.handOver(transport, socket),
        onIllegal: (reason, remote) => core.refused(reason, remote),
        maxMessageBytes: options.maxMessageBytes,
      }),
    );
  } else if (options.http) {
    core.serveHttp(undefined);
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) =>
    core.accept(socket),
  );
  await listen(server, options.host, options.port);
  server.on("error", (error) => core.notAccepted(error));
  return new Port(server, core, options.closeGraceMs);
}

/** An open port. */
export class Port {
  /** Address that the port listens on. */
  readonly host: string;
  /** Number of the port, also when the system chose it. */
  readonly port: number;
  readonly #server: Server;
  readonly #core: PortCore;
  readonly #closeGraceMs: number;
  readonly #descriptors: DescriptorWatch;

  constructor(server: Server, core: PortCore, closeGraceMs: number) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the port is not listening");
    this.host = address.address;
    this.port = address.port;
    this.#descriptors = core.watchDescriptors(addressOf(this.host, this.port));
    this.#server = server;
    this.#core = core;
    this.#closeGraceMs = closeGraceMs;
  }

  /** Number of open connections, of any kind. */
  get connectionCount(): number {
    return this.#core.connectionCount;
  }

  /** Starts to serve the connections of a port that was opened `held`. Idempotent. */
  release(): void {
    this.#core.release();
  }

  /** Stops listening; open connections stay. Idempotent. */
  stopListening(): void {
    this.#core.closing = true;
    this.#descriptors.stop();
    if (this.#server.listening) this.#server.close();
  }

  /** Stops listening, closes the open connections, and resolves when all are gone. Idempotent. */
  async close(options: PortCloseOptions = {}): Promise<void> {
    const { graceMs = this.#closeGraceMs } = resolveOptions("Port.close", portCloseRule, options);
    this.stopListening();
    await this.#core.close(graceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Handles a connection between accept and the hand-over of its transport. */
class PortCore {
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  readonly deadlines: Deadlines;
  closing = false;
  readonly #options: ResolvedPortOptions;
  readonly #log: CountedLog;
  readonly #counters: Counters;
  /** Every accepted socket, with its transport once there is one. */
  readonly #connections = new Map<Socket, Transport | undefined>();
  #http: HttpSide | undefined;
  /** Connections that wait for {@link release}, with their addresses; undefined after the release. */
  #held: Map<Socket, string> | undefined;

  constructor(options: ResolvedPortOptions) {
    this.#options = options;
    if (options.held) this.#held = new Map();
    this.buffers = options.buffers ?? new TransportBuffers();
    this.turns = new Turns(options.turnFrameCount);
    this.deadlines = options.deadlines ?? new Deadlines(systemClock);
    this.#log = new CountedLog(options.log, this.deadlines.clock);
    this.#counters = options.counters ?? new Counters();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  serveHttp(upgrader: Upgrader | undefined): void {
    const onError = (error: unknown) => this.#log.error({ err: error }, "HTTP handler threw");
    const { http, httpIdleMs } = this.#options;
    this.#http = new HttpSide(onError, http, upgrader, httpIdleMs);
  }

  accept(socket: Socket): void {
    if (this.closing) {
      socket.destroy();
      return;
    }
    this.#counters.add("connections.accepted");
    // The address is lost with the connection, so it is read first.
    const host = socket.remoteAddress ?? "unknown";
    const refusal = this.#options.admissions?.enter(host);
    if (refusal !== undefined) {
      const remote = addressOf(socket.remoteAddress, socket.remotePort);
      socket.on("error", ignore).destroy();
      this.#options.onRefused?.(refusal, remote);
      return;
    }
    this.#track(socket, host);
    if (this.#held === undefined) this.#listen(socket, host);
    else this.#held.set(socket, host);
  }

  /** Serves the waiting connections, and holds back no further ones. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const [socket, host] of held ?? []) this.#listen(socket, host);
  }

  /** Waits for the first bytes, which show the protocol of the connection. */
  #listen(socket: Socket, host: string): void {
    new FirstBytes(socket, this.deadlines, this.#options.firstBytesMs, (what, first) =>
      this.#route(socket, what, first, host),
    );
  }

  #track(socket: Socket, host: string): void {
    this.#connections.set(socket, undefined);
    socket.once("close", () => this.#gone(socket, host));
    socket.on("error", ignore); // the owner of the socket has its own error listener; a late error must not throw
  }

  /** Records the end of a socket. A socket that another one has replaced was removed before. */
  #gone(socket: Socket, host: string): void {
    this.#held?.delete(socket);
    if (this.#connections.delete(socket)) this.#options.admissions?.leave(host);
  }

  handOver(transport: Transport, socket: Socket): void {
    if (this.closing) {
      transport.destroy("the port is closing");
      return;
    }
    if (this.#connections.has(socket)) this.#connections.set(socket, transport);
    this.#options.onTransport(transport);
  }

  /** Counts a connection that is closed for breaking a rule, and logs it at a limited rate. */
  refused(reason: string, remote: string, details: object = {}): void {
    this.#counters.add(`connections.refused.${reason}`);
    this.#log.warn({ reason, remote, ...details }, "connection rejected", reason);
  }

  watchDescriptors(at: string): DescriptorWatch {
    return new DescriptorWatch({ log: this.#log, counters: this.#counters, at });
  }

  /** Counts and logs a failed accept; the port continues with the next connection. */
  notAccepted(error: Error): void {
    this.#counters.add("connections.not-accepted");
    this.#log.error({ err: error }, "accepting a connection failed");
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#connections.values()].map((transport) => transport?.close({ graceMs })));
    this.#http?.close();
    const gone = [...this.#connections.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()).destroy()),
    );
    await Promise.all(gone);
  }

  #route(socket: Socket, what: FirstWords, first: Buffer, host: string): void {
    const remote = addressOf(socket.remoteAddress, socket.remotePort);
    if (what === "http" && this.#http) {
      socket.unshift(first);
      this.#http.serve(socket);
    } else if (what === "frames" && this.#options.tcp) {
      const tcp = acceptTcp(socket, first, this.buffers, this.turns);
      if (tcp.socket !== socket) {
        this.#connections.delete(socket);
        this.#track(tcp.socket, host);
      }
      this.handOver(tcp.transport, tcp.socket);
    } else {
      if (what !== "nothing") this.refused(what, remote);
      socket.destroy();
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(refusal(error, host, port));
    server.once("error", onError);
    server.listen({ host, port }, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function refusal(error: Error, host: string, port: number): PhotinusError {
  const where = `cannot listen on ${host}:${port}`;
  const code = socketReason(error);
  const cause = { cause: error };
  if (code === "EADDRINUSE")
    return fail(
      "FAILED_PRECONDITION",
      `${where}: the port is in use by another program; stop it or choose another port`,
      cause,
    );
  if (code === "EACCES")
    return fail("PERMISSION_DENIED", `${where}: not allowed; choose a port above 1023`, cause);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return fail("INVALID_ARGUMENT", `${where}: not an address of this machine; choose another host`, cause);
  return fail("UNAVAILABLE", `${where}: ${code}`, cause);
}

function ignore(): void {}
