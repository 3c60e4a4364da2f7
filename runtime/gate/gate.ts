import { randomUUID } from "node:crypto";
import { errorCodes } from "../../schema/errors.ts";
import { Deadlines } from "../clock/deadlines.ts";
import { CountedLog } from "../log/counted-log.ts";
import { Counters } from "../log/counters.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import { type AdmissionRefusal, Admissions } from "../transport/connection/admissions.ts";
import { openPort, type Port } from "../transport/port.ts";
import type { Transport } from "../transport/transport.ts";
import { Clients } from "./client/clients.ts";
import { type GateCore, Refusals } from "./gate-core.ts";
import {
  type GateCloseOptions,
  type GateOptions,
  gateCloseRule,
  type ResolvedGateOptions,
  resolveGateOptions,
} from "./gate-options.ts";
import type { GateStatus, PortAddress } from "./gate-status.ts";
import { Administration } from "./nodes/administration.ts";
import { type GateService, MapFormNodes } from "./nodes/map-form-nodes.ts";
import { MethodCalls } from "./nodes/method-calls.ts";
import { NodeChangeNotices } from "./nodes/node-change-notices.ts";
import { mostLinks, NodeLinks } from "./nodes/node-links.ts";
import { NodeRegistry } from "./nodes/node-registry.ts";
import { Readiness } from "./nodes/readiness.ts";
import { GatePeers } from "./peers/gate-peers.ts";
import { type PeerAddress, peersOption } from "./peers/peer-options.ts";
import { UserBinds } from "./peers/user-binds.ts";
import { RouteTable } from "./route/route-table.ts";
import { Router } from "./route/router.ts";
import type { GateSession, KickOut } from "./session/gate-session.ts";
import { Groups } from "./session/groups.ts";
import { Pushes } from "./session/pushes.ts";
import { SessionNotices } from "./session/session-notices.ts";
import { SessionTable } from "./session/session-table.ts";
import { SuspendedSessions } from "./session/suspended-sessions.ts";
import { Users } from "./session/users.ts";

/** Interval of the check for requests in flight while a gate closes. */
const quietCheckMs = 20;

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
  readonly #core: GateCore;
  readonly #nodes: NodeRegistry;
  readonly #sessions = new SessionTable();
  readonly #users = new Users();
  readonly #peers: GatePeers;
  readonly #binds: UserBinds;
  readonly #groups: Groups;
  readonly #suspended: SuspendedSessions;
  readonly #clients: Clients;
  readonly #links: NodeLinks;
  readonly #mapForm: MapFormNodes;
  readonly #admissions: Admissions;
  readonly #readiness: Readiness;
  #clientPort: Port | undefined;
  #linkPort: Port | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Makes a gate without ports; `acceptClient` and `acceptLink` hand it connections. {@link Gate.open} makes a gate with ports.
   * Throws INVALID_ARGUMENT that names each invalid option.
   */
  constructor(options: GateOptions) {
    const resolved = resolveGateOptions(options);
    const { protocol, clock, limits } = resolved;
    this.name = resolved.name;
    this.#options = resolved;
    this.counters = resolved.counters ?? new Counters();
    const log = resolved.log.child({ gate: this.name });
    const counted = new CountedLog(log, clock);
    this.#core = {
      name: this.name,
      bootId: randomUUID(),
      schema: protocol.fingerprint,
      clock,
      deadlines: new Deadlines(clock),
      log,
      counted,
      counters: this.counters,
      limits,
      refusals: new Refusals(counted, this.counters),
    };
    const core = this.#core;
    const { deadlines } = core;
    this.#admissions = new Admissions(limits);
    this.#nodes = new NodeRegistry({
      deadlines,
      log: counted,
      rejoinMs: limits.rejoinMs,
      limit: limits.nodeCount,
    });
    this.#readiness = new Readiness({
      clock,
      log,
      nodes: this.#nodes,
      protocol,
      readyNodes: resolved.readyNodes,
      waitMs: resolved.readyWaitMs,
      onReady: () => this.#clientPort?.release(),
    });
    this.#nodes.onHere = () => this.#readiness.look();
    const kick: KickOut = (session, code, reason, reconnect) => this.#kick(session, code, reason, reconnect);
    this.#peers = new GatePeers(core, resolved.link);
    this.#binds = new UserBinds(
      core,
      { sessions: this.#sessions, users: this.#users, peers: this.#peers, kick },
      resolved.logins,
    );
    this.#groups = new Groups({
      perSessionCount: limits.groupsPerSession,
      count: limits.groupCount,
      nameChars: 256,
    });
    const notices = new SessionNotices();
    const onSlow = (session: GateSession) => this.#onSlow(session);
    const sessions = this.#sessions;
    const users = this.#users;
    const groups = this.#groups;
    const binds = this.#binds;
    this.#nodes.watcher = new NodeChangeNotices(core, { nodes: this.#nodes, sessions, groups, notices });
    const router = new Router(core, new RouteTable(protocol, this.#nodes), this.#nodes, notices, onSlow);
    this.#nodes.onChange = (role) => router.nodesChanged(role);
    const pushes = new Pushes(core, protocol, { sessions, users, groups }, onSlow);
    const suspended = new SuspendedSessions(core, (session, reason) => this.#clients.ended(session, reason));
    this.#suspended = suspended;
    this.#clients = new Clients(
      core,
      { router, pushes, sessions, users, binds, groups, notices, suspended },
      {
        format: resolved.frame,
        classic: resolved.classic,
        session: resolved.session,
        heartbeatMs: resolved.heartbeatMs,
        requireSchema: resolved.requireSchema,
      },
    );
    const methods = new MethodCalls(core, protocol, this.#nodes);
    const administration = new Administration(core, {
      sessions,
      binds,
      groups,
      notices,
      nodes: this.#nodes,
      kick,
    });
    this.#mapForm = new MapFormNodes({ core, nodes: this.#nodes, sessions, pushes, administration }, methods);
    this.#links = new NodeLinks(
      { core, nodes: this.#nodes, methods, pushes, administration, mapForm: this.#mapForm, binds },
      resolved.link,
    );
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
    return this.#mapForm.services;
  }

  /**
   * Serves a client connection that did not come through the client port (tests, in-process). Such a connection is served even
   * while the gate waits for its nodes, and counts towards the connection limits.
   */
  acceptClient(transport: Transport): void {
    const { remote } = transport;
    const host = remote.slice(0, Math.max(0, remote.lastIndexOf(":"))) || remote;
    const refusal = this.#admissions.enter(host);
    if (refusal === undefined) this.#clients.accept(transport, () => this.#admissions.leave(host));
    else {
      this.#onRefused(refusal, remote);
      transport.destroy(`refused: ${refusal}`);
    }
  }

  /** Serves a node connection that did not come through the link port (tests, in-process). */
  acceptLink(transport: Transport): void {
    this.#links.accept(transport);
  }

  /**
   * Calls `callChild(command, ...args)` of a node that speaks the map form. Rejects with the node's own error, UNAVAILABLE
   * when the node is not linked, FAILED_PRECONDITION for a node of Photinus, and DEADLINE_EXCEEDED.
   */
  callChild(name: string, command: string, ...args: unknown[]): Promise<unknown> {
    return this.#mapForm.callChild(name, command, ...args);
  }

  /**
   * Sends `callChild(command, ...args)` to a node that speaks the map form, without an answer. Returns false when the link is
   * overloaded. Throws UNAVAILABLE when the node is not linked, FAILED_PRECONDITION for a node of Photinus.
   */
  noticeChild(name: string, command: string, ...args: unknown[]): boolean {
    return this.#mapForm.noticeChild(name, command, ...args);
  }

  /**
   * Replaces the list of all gates of the cluster, the option `peers`; an entry for this gate is ignored. Throws INVALID_ARGUMENT that
   * names a bad entry.
   */
  setPeers(peers: readonly PeerAddress[]): void {
    const resolved = resolveOptions("Gate.setPeers", peersOption, { peers });
    if (this.#binds.setGates(resolved.peers)) this.#links.dropGates("the list of gates has changed");
  }

  /** Returns a snapshot of the gate's state and counters. */
  status(): GateStatus {
    return {
      name: this.name,
      client: this.clientAddress,
      links: this.linkAddress,
      waitsFor: this.#readiness.waitsFor,
      connections: this.#admissions.count,
      sessions: this.#sessions.size,
      suspended: this.#suspended.size,
      users: this.#users.size,
      groups: this.#groups.size,
      inFlight: this.#clients.inFlight(),
      gates: this.#peers.all().map(({ name, usable }) => ({ name, linked: usable !== undefined })),
      nodes: this.#nodes.all().map(({ name, role, ready, link }) => ({
        name,
        role: role.name,
        state: ready ? "ready" : link?.alive ? "draining" : "away",
        pending: link?.link.pendingCount ?? 0,
        roundTripMs: link?.link.roundTripMs ?? 0,
      })),
      counters: this.counters.entries(),
    };
  }

  /**
   * Stops the gate. Refuses new clients, sends GoAway to connected clients, waits for requests in flight, then closes all
   * connections and links. Idempotent.
   */
  close(options?: GateCloseOptions): Promise<void> {
    const { graceMs } = resolveOptions("Gate.close", gateCloseRule, options);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Closes all connections and links at once, without waiting for answers or unsent bytes. Idempotent. */
  destroy(reason = "the gate was destroyed"): void {
    this.#clients.destroy(reason);
    this.#links.destroy(reason);
    this.#peers.destroy(reason);
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
    const { listen, links, http, origins } = this.#options;
    const { deadlines, log, counters, limits } = this.#core;
    const shared = { deadlines, log, counters, firstBytesMs: limits.handshakeMs };
    this.#clientPort = await openPort({
      ...shared,
      ...listen,
      http,
      origins,
      admissions: this.#admissions,
      held: true,
      onRefused: (why, remote) => this.#onRefused(why, remote),
      turnFrameCount: limits.turnFrameCount,
      controlRate: limits.controlRate,
      onTransport: (transport) => this.#clients.accept(transport),
    });
    this.#linkPort = await openPort({
      ...shared,
      ...links,
      webSocket: false,
      admissions: new Admissions({
        ...limits,
        connectionCount: mostLinks(limits),
        connectionsPerAddress: mostLinks(limits),
      }),
      onRefused: (_why, remote) => this.#core.refusals.note("links.refused", { remote }),
      onTransport: (transport) => this.#links.accept(transport),
    });
    this.#binds.setGates(this.#options.peers);
    this.#readiness.start();
  }

  /** Closes clients before links: answers to requests in flight arrive over the links. */
  async #close(graceMs: number): Promise<void> {
    const { clock } = this.#core;
    const until = clock.now() + graceMs;
    this.#readiness.stop();
    this.#clientPort?.stopListening();
    this.#linkPort?.stopListening();
    this.#clients.goAway(graceMs);
    while (this.#clients.inFlight() > 0 && clock.now() < until) await this.#pause();
    const leftMs = Math.max(0, until - clock.now());
    await this.#clients.close(leftMs);
    this.#nodes.close();
    await Promise.all([this.#links.close(leftMs), this.#peers.close(leftMs)]);
    await Promise.all([this.#clientPort?.close({ graceMs: 0 }), this.#linkPort?.close({ graceMs: 0 })]);
    this.#nodes.clear();
    this.#core.deadlines.clear();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#core.clock.after(quietCheckMs, resolve);
    });
  }

  #kick(session: GateSession, code: number, reason: string, reconnect: boolean): void {
    this.counters.add("client.kicked");
    this.#clients.kick(session, code, reason, reconnect);
  }

  #onRefused(why: AdmissionRefusal, remote: string): void {
    this.#core.refusals.note(`client.refused.${why}`, { remote });
  }

  /**
   * Kicks a client whose unsent bytes or held-back pushes exceed their limit. A client without a connection is not slow: the session
   * ends, and the client learns OVERRUN when it comes back.
   */
  #onSlow(session: GateSession): void {
    if (session.ended) return;
    if (session.suspended) {
      this.#suspended.overrun(session);
      return;
    }
    this.#core.refusals.note("client.closed.slow", { session: session.id, remote: session.remote });
    this.#clients.kick(session, errorCodes.RESOURCE_EXHAUSTED, "the client reads too slowly", true);
  }
}

function addressOf(port: Port | undefined): PortAddress | undefined {
  return port && { host: port.host, port: port.port };
}
