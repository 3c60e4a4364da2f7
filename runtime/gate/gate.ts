import type { Counters } from "../log/counters.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { cipherOf } from "../transport/cipher/cipher-listen.ts";
import { type AdmissionRefusal, Admissions } from "../transport/connection/admissions.ts";
import { openPort, type Port } from "../transport/port.ts";
import { ServerCredentials } from "../transport/tls/server-credentials.ts";
import { defaultHandshakeCount, defaultHandshakeRate } from "../transport/tls/tls-options.ts";
import type { Transport } from "../transport/transport.ts";
import { minReleaseRule } from "./entrance/client-releases.ts";
import {
  type GateCloseOptions,
  type GateOptions,
  gateCloseRule,
  type ResolvedGateOptions,
  resolveGateOptions,
} from "./gate-options.ts";
import { GateParts } from "./gate-parts.ts";
import type { GateStatus, PortAddress } from "./gate-status.ts";
import type { GateService } from "./nodes/map-form-nodes.ts";
import { mostLinks, mostUnknownLinks } from "./nodes/node-links.ts";
import { Readiness } from "./nodes/readiness.ts";
import { type PeerAddress, peersOption } from "./peers/peer-options.ts";

/** Interval of the check for requests in flight while a gate closes. */
const quietCheckMs = 20;
/** Share of the grace time in which requests of sessions that move may still be answered. */
const movingShare = 0.8;

/**
 * The server that clients connect to. A gate keeps the sessions, enforces the schema's policy, and relays bodies between clients
 * and nodes without decoding them.
 */
export class Gate {
  /** Name of the gate, unique in its cluster. */
  readonly name: string;
  /** Counts of the gate's events since its start, by dotted name; `status()` has a snapshot. */
  readonly counters: Counters;
  readonly #options: ResolvedGateOptions;
  readonly #parts: GateParts;
  readonly #readiness: Readiness;
  #clientPort: Port | undefined;
  #linkPort: Port | undefined;
  /** Certificates of the client port. */
  #tls: ServerCredentials | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Makes a gate without ports; `acceptClient` and `acceptLink` hand it connections. {@link Gate.open} makes a gate with ports.
   * Throws INVALID_ARGUMENT that names each invalid option.
   */
  constructor(options: GateOptions) {
    const resolved = resolveGateOptions(options);
    this.name = resolved.name;
    this.#options = resolved;
    const parts = new GateParts(resolved, () => this.clientAddress);
    this.#parts = parts;
    this.counters = parts.core.counters;
    this.#readiness = new Readiness({
      clock: resolved.clock,
      log: parts.core.log,
      nodes: parts.nodes,
      protocol: resolved.protocol,
      readyNodes: resolved.readyNodes,
      waitMs: resolved.readyWaitMs,
      onReady: () => this.#clientPort?.release(),
    });
    parts.nodes.onHere = () => this.#readiness.look();
  }

  /**
   * Opens a gate on its two ports. Clients are served once the nodes are linked or `readyWaitMs` is over. Rejects with
   * INVALID_ARGUMENT that names each invalid option, and with a PhotinusError that names the address when a port cannot listen.
   */
  static async open(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options);
    try {
      await gate.#listen();
    } catch (error) {
      await gate.close({ graceMs: 0 });
      throw error;
    }
    return gate;
  }

  /** Address for clients; undefined without ports. */
  get clientAddress(): PortAddress | undefined {
    return addressOf(this.#clientPort);
  }

  /** Address for the links of nodes; undefined without ports. */
  get linkAddress(): PortAddress | undefined {
    return addressOf(this.#linkPort);
  }

  /** The game's own services, by name: peers in other languages call them with `callTarget(name, ...args)`. */
  get services(): Map<string, GateService> {
    return this.#parts.mapForm.services;
  }

  /**
   * Serves a client connection that did not come through the client port (tests, in-process). Such a connection is served even
   * while the gate waits for its nodes, and counts towards the connection limits.
   */
  acceptClient(transport: Transport): void {
    const { remote } = transport;
    const host = remote.slice(0, Math.max(0, remote.lastIndexOf(":"))) || remote;
    const refusal = this.#parts.admissions.enter(host);
    if (refusal === undefined)
      this.#parts.clients.accept(transport, () => this.#parts.admissions.leave(host));
    else {
      this.#onRefused(refusal, remote);
      transport.destroy(`refused: ${refusal}`);
    }
  }

  /** Serves a node connection that did not come through the link port (tests, in-process). */
  acceptLink(transport: Transport): void {
    this.#parts.links.accept(transport);
  }

  /**
   * Calls `callChild(command, ...args)` of a node that speaks the map form. Rejects with the node's own error, UNAVAILABLE
   * when the node is not linked, FAILED_PRECONDITION for a node of Photinus, and DEADLINE_EXCEEDED.
   */
  callChild(name: string, command: string, ...args: unknown[]): Promise<unknown> {
    return this.#parts.mapForm.callChild(name, command, ...args);
  }

  /**
   * Sends `callChild(command, ...args)` to a node that speaks the map form, without an answer. Returns false when the link is
   * overloaded. Throws UNAVAILABLE when the node is not linked, FAILED_PRECONDITION for a node of Photinus.
   */
  noticeChild(name: string, command: string, ...args: unknown[]): boolean {
    return this.#parts.mapForm.noticeChild(name, command, ...args);
  }

  /**
   * Replaces the list of all gates of the cluster, the option `peers`; an entry for this gate is ignored. Throws INVALID_ARGUMENT that
   * names a bad entry.
   */
  setPeers(peers: readonly PeerAddress[]): void {
    const resolved = resolveOptions("Gate.setPeers", peersOption, { peers });
    if (this.#parts.binds.setGates(resolved.peers))
      this.#parts.links.dropGates("the list of gates has changed");
  }

  /**
   * Sets the least release of a client that may enter from now on, as the option `clients.minRelease` does. Connected clients stay until
   * they connect again, a resume included. Throws INVALID_ARGUMENT for anything but a whole number.
   */
  setMinRelease(minRelease: number): void {
    resolveOptions("Gate.setMinRelease", minReleaseRule, { minRelease });
    this.#parts.releases.minRelease = minRelease;
    this.#parts.core.log.info({ minRelease }, "minimum release of clients changed");
  }

  /** Returns a snapshot of the gate's state and counters. */
  status(): GateStatus {
    return {
      name: this.name,
      client: this.clientAddress,
      links: this.linkAddress,
      release: this.#parts.releases.release,
      minRelease: this.#parts.releases.least,
      waitsFor: this.#readiness.waitsFor,
      connections: this.#parts.admissions.count,
      sessions: this.#parts.sessions.size,
      clients: this.#parts.releases.counts(this.#parts.sessions.size),
      queued: this.#parts.clients.queue?.size ?? 0,
      suspended: this.#parts.suspended.size,
      resumeBytes: this.#parts.suspended.windowBytes,
      users: this.#parts.users.size,
      groups: this.#parts.groups.size,
      inFlight: this.#parts.clients.inFlight(),
      gates: this.#parts.peers.all().map(({ name, usable }) => ({ name, linked: usable !== undefined })),
      nodes: this.#parts.nodes.all().map(({ name, role, release, ready, link }) => ({
        name,
        role: role.name,
        release,
        state: ready ? "ready" : link?.alive ? "draining" : "away",
        pending: link?.link.pendingCount ?? 0,
        pausedClients: this.#parts.loads.pausedBy(link?.link),
        roundTripMs: link?.link.roundTripMs ?? 0,
      })),
      deprecated: this.#parts.uses.entries(),
      counters: this.counters.entries(),
    };
  }

  /**
   * Stops the gate. Refuses new clients, and moves its sessions to the other gates: clients resume there. Without another gate
   * sends GoAway to connected clients, waits for requests in flight, and ends their sessions. Then closes all connections and
   * links. Idempotent.
   */
  close(options?: GateCloseOptions): Promise<void> {
    const { graceMs } = resolveOptions("Gate.close", gateCloseRule, options);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Closes all connections and links at once, without waiting for answers or unsent bytes. Idempotent. */
  destroy(reason = "the gate was destroyed"): void {
    this.#parts.clients.destroy(reason);
    this.#parts.links.destroy(reason);
    this.#parts.peers.destroy(reason);
    void this.close({ graceMs: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Opens both ports. The client port accepts connections, but holds them until the gate is ready. Links have a separate limit,
   * so that a flood of clients cannot lock out nodes.
   */
  async #listen(): Promise<void> {
    await this.#parts.revocations.open();
    const { listen, links, http, origins } = this.#options;
    this.#tls = await this.#openTls();
    const { deadlines, log, counters, limits } = this.#parts.core;
    const shared = { deadlines, log, counters, firstBytesMs: limits.handshakeMs };
    const cipher =
      listen.cipher && cipherOf(listen.cipher, this.#options.frame, { clock: this.#options.clock, log });
    this.#clientPort = await openPort({
      ...shared,
      ...listen,
      tls: this.#tls,
      cipher: cipher?.port,
      tlsHandshakeCount: listen.tls?.handshakeCount ?? defaultHandshakeCount,
      tlsHandshakeRate: listen.tls?.handshakeRate ?? defaultHandshakeRate,
      http,
      origins,
      admissions: this.#parts.admissions,
      held: true,
      onRefused: (why, remote) => this.#onRefused(why, remote),
      turnFrameCount: limits.turnFrameCount,
      controlRate: limits.controlRate,
      onTransport: (transport) => this.#parts.clients.accept(transport),
    });
    if (cipher) log.info({ publicKeys: cipher.publicKeys }, "client port encrypts");
    this.#linkPort = await openPort({
      ...shared,
      ...links,
      tls: this.#options.linkTrust.serverTls,
      webSocket: false,
      silentCount: mostUnknownLinks(limits),
      admissions: new Admissions({
        ...limits,
        connectionCount: mostLinks(limits),
        connectionsPerAddress: mostLinks(limits),
      }),
      onRefused: (_why, remote) => this.#parts.core.refusals.note("links.refused", { remote }),
      onTransport: (transport) => this.#parts.links.accept(transport),
    });
    this.#parts.binds.setGates(this.#options.peers);
    this.#readiness.start();
  }

  /** Loads the certificates of a client port with TLS. */
  async #openTls(): Promise<ServerCredentials | undefined> {
    const { tls } = this.#options.listen;
    if (tls === undefined) return undefined;
    const { clock, log, counters } = this.#parts.core;
    const { certificates, minVersion, reloadMs } = tls;
    return ServerCredentials.open({ certificates, minVersion, reloadMs }, { clock, log, counters });
  }

  /** Closes clients before links: answers to requests in flight arrive over the links. */
  async #close(graceMs: number): Promise<void> {
    const { clock } = this.#parts.core;
    const until = clock.now() + graceMs;
    this.#readiness.stop();
    this.#clientPort?.stopListening();
    this.#linkPort?.stopListening();
    this.#parts.clients.refuse();
    this.#parts.arrivals.close();
    this.#parts.links.tellGates();
    await this.#parts.departures.moveAll(clock.now() + graceMs * movingShare, until);
    this.#parts.clients.goAway(Math.max(0, until - clock.now()));
    while (this.#parts.clients.inFlight() > 0 && clock.now() < until) await this.#pause();
    const leftMs = Math.max(0, until - clock.now());
    await this.#parts.clients.close(leftMs);
    this.#parts.nodes.close();
    await Promise.all([this.#parts.links.close(leftMs), this.#parts.peers.close(leftMs)]);
    await Promise.all([this.#clientPort?.close({ graceMs: 0 }), this.#linkPort?.close({ graceMs: 0 })]);
    this.#tls?.close();
    this.#parts.nodes.clear();
    this.#parts.revocations.close();
    this.#parts.core.deadlines.clear();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.core.clock.after(quietCheckMs, resolve);
    });
  }

  #onRefused(why: AdmissionRefusal, remote: string): void {
    this.#parts.core.refusals.note(`client.refused.${why}`, { remote });
  }
}

function addressOf(port: Port | undefined): PortAddress | undefined {
  return port && { host: port.host, port: port.port };
}
