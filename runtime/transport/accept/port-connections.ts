import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { systemClock } from "../../clock/clock.ts";
import { Deadlines } from "../../clock/deadlines.ts";
import { RateLimit } from "../../clock/rate-limit.ts";
import { CountedLog } from "../../log/counted-log.ts";
import { Counters } from "../../log/counters.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { CipherDoor } from "../cipher/cipher-door.ts";
import { Admissions } from "../connection/admissions.ts";
import { socketClosed } from "../connection/carried.ts";
import { Turns } from "../connection/turns.ts";
import { DescriptorWatch } from "../descriptor-watch.ts";
import { HttpSide, type Upgrader } from "../http.ts";
import type { ResolvedPortOptions } from "../port-options.ts";
import { forwardedFor } from "../proxy/forwarded-for.ts";
import { plainAddress, TrustedProxies } from "../proxy/trusted-proxies.ts";
import { ownReads, type SocketReads } from "../socket-reads.ts";
import { acceptTcp } from "../tcp.ts";
import { type HandshakeFault, TlsAcceptor } from "../tls/tls-acceptor.ts";
import type { AcceptedTransport, Transport } from "../transport.ts";
import { TransportBuffers } from "../transport-buffers.ts";
import { AcceptedConnection, type AcceptedParts, type Admitted } from "./accepted-connection.ts";
import { readFirstBytes, type Sniffed, sniff, sniffTls } from "./first-bytes.ts";
import { refusePlainHttp } from "./plain-http.ts";
import { type FoundHeader, readHeaderOf } from "./proxy-header-stage.ts";

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
  readonly #connections = new Map<Socket, AcceptedConnection>();
  readonly #parts: AcceptedParts;
  readonly #tls: TlsAcceptor | undefined;
  readonly #trusted: TrustedProxies | undefined;
  readonly #proxyBound: Admissions = new Admissions(proxyBounds);
  #http: HttpSide | undefined;
  readonly #door: CipherDoor | undefined;
  /** Connections that have not shown their protocol, the oldest first. */
  readonly #silent = new Set<AcceptedConnection>();
  /** Address of the connection that comes next, when it was admitted before it had a socket. */
  #admitted: Admitted | undefined;
  /** Connections that wait for {@link release}; undefined after the release. */
  #held: Set<AcceptedConnection> | undefined;

  constructor(options: ResolvedPortOptions) {
    this.#options = options;
    if (options.held) this.#held = new Set();
    this.buffers = options.buffers ?? new TransportBuffers();
    this.turns = new Turns(options.turnFrameCount);
    this.deadlines = options.deadlines ?? new Deadlines(systemClock);
    this.#log = new CountedLog(options.log, this.deadlines.clock);
    this.#counters = options.counters ?? new Counters();
    const onClose = (socket: Socket): void => this.#onClose(socket);
    this.#parts = {
      deadlines: this.deadlines,
      onSilent: (connection) => this.#onSilent(connection),
      onClose() {
        onClose(this);
      },
    };
    const { tls, tlsHandshakeCount, tlsHandshakeRate, trustedProxies } = options;
    this.#tls =
      tls &&
      new TlsAcceptor(tls, this.deadlines, {
        count: tlsHandshakeCount,
        rate: new RateLimit(tlsHandshakeRate),
      });
    this.#trusted = trustedProxies && new TrustedProxies(trustedProxies);
    if (options.cipher !== undefined) this.#door = this.#doorOf(options.cipher);
  }

  /** A port with TLS has no plain connections, so that none is refused for want of a cipher. */
  #doorOf({ ciphers, required, handshakeRate }: NonNullable<ResolvedPortOptions["cipher"]>): CipherDoor {
    return new CipherDoor({
      ciphers,
      required: required && this.#tls === undefined,
      handshakeRate: new RateLimit(handshakeRate),
      handshakeMs: this.#options.firstBytesMs,
      deadlines: this.deadlines,
      buffers: this.buffers,
      counters: this.#counters,
      onRefused: (reason, remote) => this.refused(reason, remote),
    });
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  serveHttp(upgrader: Upgrader | undefined): void {
    const onError = (error: unknown) => this.#log.error({ err: error }, "HTTP handler threw");
    const { http, httpIdleMs } = this.#options;
    this.#http = new HttpSide(onError, http, upgrader, httpIdleMs);
  }

  /**
   * Decides on an address before there is a socket: a refused connection then costs half. Only for addresses of clients; proxies are
   * admitted with their socket. Returns true when the connection is to be closed; otherwise {@link accept} has to follow.
   */
  refuses(address: string): boolean {
    const host = plainAddress(address);
    const { admissions, proxy, onRefused } = this.#options;
    if (this.closing || proxy !== undefined || this.#trusted?.has(host)) return this.closing;
    const refusal = admissions?.enter(host);
    if (refusal === undefined) {
      this.#admitted = { admissions, host };
      return false;
    }
    this.#counters.add("connections.accepted");
    // The owner of the admissions counts.
    onRefused?.(refusal, host);
    return true;
  }

  accept(socket: Socket): void {
    const admitted = this.#admitted;
    this.#admitted = undefined;
    if (this.closing) {
      socket.destroy();
      return;
    }
    this.#counters.add("connections.accepted");
    const connection = new AcceptedConnection(socket, this.#parts, admitted);
    const isProxy = this.#isProxy(connection);
    if (this.#options.proxy !== undefined && !isProxy) {
      this.#reject(connection, "proxy-untrusted");
      return;
    }
    if (admitted === undefined && !this.#admit(connection, isProxy)) return;
    connection.open(this.buffers.readBuffer);
    this.#connections.set(connection.socket, connection);
    if (this.#held === undefined) this.#begin(connection);
    else this.#held.add(connection);
  }

  /** Serves the waiting connections, and holds back no further ones. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const connection of held ?? []) this.#begin(connection);
  }

  handOver(transport: AcceptedTransport, socket: Socket): void {
    if (this.#door === undefined) this.#serve(transport, socket);
    else this.#door.take(transport, (served) => this.#serve(served, socket));
  }

  #serve(transport: Transport, socket: Socket): void {
    if (this.closing) {
      transport.destroy("the port is closing");
      return;
    }
    const connection = this.#connections.get(socket);
    if (connection !== undefined) connection.transport = transport;
    this.#options.onTransport(transport);
  }

  /**
   * Finds the client of a WebSocket handshake, and counts the connection with its address. Returns the address as text,
   * or undefined when the address has too many connections.
   */
  clientOf(request: IncomingMessage): string | undefined {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return undefined;
    if (this.#options.forwarded !== undefined && this.#trusted !== undefined && this.#isProxy(connection)) {
      connection.client = forwardedFor(request.headers["x-forwarded-for"], connection.client, this.#trusted);
      const refusal = connection.enter(this.#options.admissions);
      if (refusal !== undefined) {
        this.#options.onRefused?.(refusal, connection.remote);
        return undefined;
      }
    }
    return connection.remote;
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
    await Promise.all([...this.#connections.values()].map(({ transport }) => transport?.close({ graceMs })));
    this.#http?.close();
    const gone = [...this.#connections.keys()].map(
      (socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()).destroy()),
    );
    await Promise.all(gone);
  }

  /** Reads what precedes the protocol of the connection: the header of a proxy, then the TLS handshake. */
  #begin(connection: AcceptedConnection): void {
    connection.start(this.#options.firstBytesMs);
    this.#silent.add(connection);
    const [oldest] = this.#silent;
    const { silentCount } = this.#options;
    if (silentCount !== undefined && this.#silent.size > silentCount) this.#reject(oldest!, "crowded");
    if (this.#options.proxy === undefined) this.#beginTls(connection, emptyBytes);
    else readHeaderOf(connection, (header, rest) => this.#onHeader(connection, header, rest));
  }

  #onHeader(connection: AcceptedConnection, header: FoundHeader, rest: Uint8Array): void {
    if (header.is === "none") {
      connection.destroy();
      return;
    }
    if (header.is === "faulty") {
      this.#reject(connection, header.fault);
      return;
    }
    if (header.is === "local") connection.isProxyItself = true;
    else {
      connection.client = { host: header.host, port: header.port };
      // Behind an HTTP proxy the client shows later.
      if (!this.#admit(connection, this.#options.forwarded !== undefined && this.#isProxy(connection)))
        return;
    }
    this.#beginTls(connection, rest);
  }

  /** @param already bytes that were read already */
  #beginTls(connection: AcceptedConnection, already: Uint8Array): void {
    if (this.#tls === undefined) {
      this.#beginProtocol(connection, already);
      return;
    }
    readFirstBytes(connection, already, sniffTls, (what, first) => this.#onTls(connection, what, first));
  }

  #onTls(connection: AcceptedConnection, what: Sniffed | "tls" | "nothing", first: Uint8Array): void {
    if (what === "tls") {
      intoStream(connection.reads, first);
      this.#tls?.accept(connection.socket, (result) => this.#onHandshake(connection, result));
    } else if (what === "http") {
      this.#count(connection, "plain-http");
      connection.settled();
      connection.reads.to(undefined);
      refusePlainHttp(connection.socket);
    } else if (what === "nothing") connection.destroy();
    else this.#reject(connection, "plain");
  }

  #onHandshake(connection: AcceptedConnection, result: TLSSocket | HandshakeFault): void {
    if (typeof result === "string") {
      // A deadline that has passed, or a port that closes, has destroyed the connection and counted why.
      if (!connection.isOver) this.#reject(connection, result);
      return;
    }
    this.#connections.delete(connection.socket);
    connection.become(ownReads(result));
    this.#connections.set(result, connection);
    this.#beginProtocol(connection, emptyBytes);
  }

  /** @param already bytes that were read already */
  #beginProtocol(connection: AcceptedConnection, already: Uint8Array): void {
    readFirstBytes(connection, already, sniff, (what, first) => this.#route(connection, what, first));
  }

  #route(connection: AcceptedConnection, what: Sniffed | "nothing", first: Uint8Array): void {
    const { reads, socket } = connection;
    connection.settled();
    this.#silent.delete(connection);
    if (what === "http" && this.#http) {
      intoStream(reads, first);
      this.#http.serve(socket);
    } else if (what === "frames" && this.#options.tcp) {
      const transport = acceptTcp(reads, this.buffers, this.turns, connection);
      connection.owned();
      this.handOver(transport, socket);
      transport.begin(first);
    } else if (what === "nothing") connection.destroy();
    else this.#reject(connection, what);
  }

  /** Whether the connection comes from a trusted proxy, as far as its client is known. */
  #isProxy({ client }: AcceptedConnection): boolean {
    return this.#trusted?.has(client.host) ?? false;
  }

  /** Counts a connection as one of a proxy or of a client. Returns false when it was rejected and closed. */
  #admit(connection: AcceptedConnection, isProxy: boolean): boolean {
    const refusal = connection.enter(isProxy ? this.#proxyBound : this.#options.admissions);
    if (refusal === undefined) return true;
    if (isProxy) {
      this.#reject(connection, "proxy-busy");
      return false;
    }
    const { remote } = connection;
    connection.destroy();
    // The owner of the admissions counts.
    this.#options.onRefused?.(refusal, remote);
    return false;
  }

  #onSilent(connection: AcceptedConnection): void {
    this.#reject(connection, "silent");
  }

  #onClose(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) {
      connection.gone();
      this.#held?.delete(connection);
      this.#silent.delete(connection);
      this.#connections.delete(socket);
    }
    socketClosed(socket);
  }

  #reject(connection: AcceptedConnection, reason: string): void {
    this.#silent.delete(connection);
    this.#count(connection, reason);
    connection.destroy();
  }

  /** Counts why a connection is closed. A health check of a proxy may end as it likes. */
  #count(connection: AcceptedConnection, reason: string): void {
    if (!connection.isProxyItself) this.refused(reason, connection.remote);
  }
}

/** Puts bytes that were read already into the stream of the socket, where those that follow go as well. */
function intoStream(reads: SocketReads, already: Uint8Array): void {
  reads.to(undefined);
  reads.socket.unshift(Uint8Array.prototype.slice.call(already));
}
