import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { systemClock } from "../../clock/clock.ts";
import { Deadlines } from "../../clock/deadlines.ts";
import { CountedLog } from "../../log/counted-log.ts";
import { Counters } from "../../log/counters.ts";
import { Admissions } from "../connection/admissions.ts";
import { Turns } from "../connection/turns.ts";
import { DescriptorWatch } from "../descriptor-watch.ts";
import { HttpSide, type Upgrader } from "../http.ts";
import type { ResolvedPortOptions } from "../port-options.ts";
import { forwardedFor } from "../proxy/forwarded-for.ts";
import { type FoundHeader, readHeaderOf } from "../proxy/proxy-header-stage.ts";
import { TrustedProxies } from "../proxy/trusted-proxies.ts";
import { acceptTcp } from "../tcp.ts";
import { type HandshakeFault, TlsAcceptor } from "../tls/tls-acceptor.ts";
import type { Transport } from "../transport.ts";
import { TransportBuffers } from "../transport-buffers.ts";
import { Arrival, type ArrivalParts } from "./arrival.ts";
import { readFirstBytes, type Sniffed, sniff, sniffTls } from "./first-bytes.ts";
import { refusePlainHttp } from "./plain-http.ts";

/**
 * Bounds of connections that are counted by the address of a proxy: those whose client is not known yet, and those that
 * a proxy opened for itself.
 */
const proxyBounds = Object.freeze({
  connectionCount: 4_096,
  connectionsPerAddress: 1_024,
  ipv6PrefixBits: 128,
});

/** Connections of a port, from accept to close; each is handed over as a transport once its protocol is known. */
export class PortConnections {
  readonly buffers: TransportBuffers;
  readonly turns: Turns;
  readonly deadlines: Deadlines;
  closing = false;
  readonly #options: ResolvedPortOptions;
  readonly #log: CountedLog;
  readonly #counters: Counters;
  /** Every open connection, by its socket. */
  readonly #arrivals = new Map<Socket, Arrival>();
  readonly #parts: ArrivalParts;
  readonly #tls: TlsAcceptor | undefined;
  readonly #trusted: TrustedProxies | undefined;
  readonly #proxyBound: Admissions = new Admissions(proxyBounds);
  #http: HttpSide | undefined;
  /** Connections that wait for {@link release}; undefined after the release. */
  #held: Set<Arrival> | undefined;

  constructor(options: ResolvedPortOptions) {
    this.#options = options;
    if (options.held) this.#held = new Set();
    this.buffers = options.buffers ?? new TransportBuffers();
    this.turns = new Turns(options.turnFrameCount);
    this.deadlines = options.deadlines ?? new Deadlines(systemClock);
    this.#log = new CountedLog(options.log, this.deadlines.clock);
    this.#counters = options.counters ?? new Counters();
    this.#parts = {
      deadlines: this.deadlines,
      onSilent: (arrival) => this.#onSilent(arrival),
      onGone: (arrival) => this.#onGone(arrival),
    };
    const { tls, tlsHandshakeCount, trustedProxies } = options;
    this.#tls = tls && new TlsAcceptor(tls, this.deadlines, tlsHandshakeCount);
    this.#trusted = trustedProxies && new TrustedProxies(trustedProxies);
  }

  get connectionCount(): number {
    return this.#arrivals.size;
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
    const arrival = new Arrival(socket, this.#parts);
    const isProxy = this.#isProxy(arrival);
    if (this.#options.proxy !== undefined && !isProxy) {
      this.#reject(arrival, "proxy-untrusted");
      return;
    }
    if (!this.#admit(arrival, isProxy)) return;
    this.#arrivals.set(socket, arrival);
    if (this.#held === undefined) this.#begin(arrival);
    else this.#held.add(arrival);
  }

  /** Serves the waiting connections, and holds back no further ones. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const arrival of held ?? []) this.#begin(arrival);
  }

  handOver(transport: Transport, socket: Socket): void {
    if (this.closing) {
      transport.destroy("the port is closing");
      return;
    }
    const arrival = this.#arrivals.get(socket);
    if (arrival !== undefined) arrival.transport = transport;
    this.#options.onTransport(transport);
  }

  /**
   * Finds the client of a WebSocket handshake, and counts the connection with its address. Returns the address as text,
   * or undefined when the address has too many connections.
   */
  clientOf(request: IncomingMessage): string | undefined {
    const arrival = this.#arrivals.get(request.socket);
    if (arrival === undefined) return undefined;
    if (this.#options.forwarded !== undefined && this.#trusted !== undefined && this.#isProxy(arrival)) {
      arrival.client = forwardedFor(request.headers["x-forwarded-for"], arrival.client, this.#trusted);
      const refusal = arrival.enter(this.#options.admissions);
      if (refusal !== undefined) {
        this.#options.onRefused?.(refusal, arrival.remote);
        return undefined;
      }
    }
    return arrival.remote;
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
    this.#tls?.close();
    await Promise.all([...this.#arrivals.values()].map(({ transport }) => transport?.close({ graceMs })));
    this.#http?.close();
    const gone = [...this.#arrivals.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()).destroy()),
    );
    await Promise.all(gone);
  }

  /** Reads what precedes the protocol of the connection: the header of a proxy, then the TLS handshake. */
  #begin(arrival: Arrival): void {
    arrival.start(this.#options.firstBytesMs);
    if (this.#options.proxy === undefined) this.#beginTls(arrival);
    else arrival.reading(readHeaderOf(arrival.socket, (header) => this.#onHeader(arrival, header)));
  }

  #onHeader(arrival: Arrival, header: FoundHeader): void {
    if (header.is === "faulty") {
      this.#reject(arrival, header.fault);
      return;
    }
    if (header.is === "local") arrival.isProxyItself = true;
    else {
      arrival.client = { host: header.host, port: header.port };
      // Behind an HTTP proxy the client shows later.
      if (!this.#admit(arrival, this.#options.forwarded !== undefined && this.#isProxy(arrival))) return;
    }
    this.#beginTls(arrival);
  }

  #beginTls(arrival: Arrival): void {
    if (this.#tls === undefined) {
      this.#beginProtocol(arrival);
      return;
    }
    const stop = readFirstBytes(arrival.socket, sniffTls, (what, first) => this.#onTls(arrival, what, first));
    arrival.reading(stop);
  }

  #onTls(arrival: Arrival, what: Sniffed | "tls" | "nothing", first: Buffer): void {
    if (what === "tls") {
      arrival.socket.unshift(first);
      this.#tls?.accept(arrival.socket, (result) => this.#onHandshake(arrival, result));
    } else if (what === "http") {
      this.#count(arrival, "plain-http");
      arrival.settled();
      refusePlainHttp(arrival.socket);
    } else if (what === "nothing") arrival.destroy();
    else this.#reject(arrival, "plain");
  }

  #onHandshake(arrival: Arrival, result: TLSSocket | HandshakeFault): void {
    if (typeof result === "string") {
      // A deadline that has passed, or a port that closes, has destroyed the connection and counted why.
      if (!arrival.isOver) this.#reject(arrival, result);
      return;
    }
    this.#replace(arrival, result);
    this.#beginProtocol(arrival);
  }

  #beginProtocol(arrival: Arrival): void {
    const stop = readFirstBytes(arrival.socket, sniff, (what, first) => this.#route(arrival, what, first));
    arrival.reading(stop);
  }

  #route(arrival: Arrival, what: Sniffed | "nothing", first: Buffer): void {
    const { socket } = arrival;
    arrival.settled();
    if (what === "http" && this.#http) {
      socket.unshift(first);
      this.#http.serve(socket);
    } else if (what === "frames" && this.#options.tcp) {
      const tcp = acceptTcp(socket, first, this.buffers, this.turns, arrival);
      if (tcp.socket !== socket) this.#replace(arrival, tcp.socket);
      this.handOver(tcp.transport, tcp.socket);
    } else if (what === "nothing") arrival.destroy();
    else this.#reject(arrival, what);
  }

  /** Whether the connection comes from a trusted proxy, as far as its client is known. */
  #isProxy({ client }: Arrival): boolean {
    return this.#trusted?.has(client.host) ?? false;
  }

  /** Counts a connection as one of a proxy or of a client. Returns false when it was rejected and closed. */
  #admit(arrival: Arrival, isProxy: boolean): boolean {
    const refusal = arrival.enter(isProxy ? this.#proxyBound : this.#options.admissions);
    if (refusal === undefined) return true;
    if (isProxy) {
      this.#reject(arrival, "proxy-busy");
      return false;
    }
    const { remote } = arrival;
    arrival.destroy();
    // The owner of the admissions counts.
    this.#options.onRefused?.(refusal, remote);
    return false;
  }

  #replace(arrival: Arrival, socket: Socket): void {
    this.#arrivals.delete(arrival.socket);
    arrival.become(socket);
    this.#arrivals.set(socket, arrival);
  }

  #onSilent(arrival: Arrival): void {
    this.#reject(arrival, "silent");
  }

  #onGone(arrival: Arrival): void {
    this.#held?.delete(arrival);
    this.#arrivals.delete(arrival.socket);
  }

  #reject(arrival: Arrival, reason: string): void {
    this.#count(arrival, reason);
    arrival.destroy();
  }

  /** Counts why a connection is closed. A health check of a proxy may end as it likes. */
  #count(arrival: Arrival, reason: string): void {
    if (!arrival.isProxyItself) this.refused(reason, arrival.remote);
  }
}
