import type { Socket } from "node:net";
import { systemClock } from "../../clock/clock.ts";
import { Deadlines } from "../../clock/deadlines.ts";
import { CountedLog } from "../../log/counted-log.ts";
import { Counters } from "../../log/counters.ts";
import { Turns } from "../connection/turns.ts";
import { DescriptorWatch } from "../descriptor-watch.ts";
import { HttpSide, type Upgrader } from "../http.ts";
import type { ResolvedPortOptions } from "../port-options.ts";
import { acceptTcp, addressOf } from "../tcp.ts";
import type { Transport } from "../transport.ts";
import { TransportBuffers } from "../transport-buffers.ts";
import { FirstBytes, type FirstWords } from "./first-bytes.ts";

/** Connections of a port, from accept to close; each is handed over as a transport once its protocol is known. */
export class PortConnections {
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

function ignore(): void {}
