import { type RateLimit, rateLimitOf } from "../../clock/rate-limit.ts";
import type { Transport } from "../../transport/transport.ts";
import { TransportBuffers } from "../../transport/transport-buffers.ts";
import type { FrameDecoderOptions } from "../../wire/frame/frame-decoder.ts";
import { classicVersion, type FrameFormat, sessionVersion } from "../../wire/frame/frame-format.ts";
import { Envelope } from "../../wire/session/envelope.ts";
import type { Tickets } from "../auth/tickets.ts";
import type { ClientReleases } from "../entrance/client-releases.ts";
import { OtherSchemas } from "../entrance/other-schemas.ts";
import type { ClientBudgets } from "../flood/client-budgets.ts";
import type { ClientInput } from "../flood/client-input.ts";
import type { NodeLoads } from "../flood/node-loads.ts";
import { UnsentBytes } from "../flood/unsent-bytes.ts";
import type { GateCore } from "../gate-core.ts";
import type { Fetches } from "../moves/fetches.ts";
import type { ClientAddresses } from "../peers/client-addresses.ts";
import type { Groups } from "../push/groups.ts";
import type { Pushes } from "../push/pushes.ts";
import { LoginQueue } from "../queue/login-queue.ts";
import type { ResolvedQueue } from "../queue/queue-options.ts";
import type { Router } from "../route/router.ts";
import { type ClientWire, type GateSession, giveUpWaiting, sendGathered } from "../session/gate-session.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { SuspendedSessions } from "../session/suspended-sessions.ts";
import type { Users } from "../session/users.ts";
import type { UserBinds } from "../users/user-binds.ts";
import { ClientConnection } from "./client-connection.ts";
import type { ClientSide } from "./client-side.ts";
import type { OpenConnection } from "./open-connection.ts";
import { Resumption } from "./resumption.ts";

/** Options of {@link Clients}; see the fields of this name in `GateOptions`. */
export interface ClientsOptions {
  readonly format: FrameFormat;
  readonly classic: boolean;
  readonly session: boolean;
  readonly heartbeatMs: number;
  readonly requireSchema: boolean;
  readonly queue: ResolvedQueue | undefined;
  readonly releases: ClientReleases;
}

/** Parts of a gate that client connections use, or that hold state of their sessions. */
export interface ClientParts {
  readonly router: Router;
  readonly pushes: Pushes;
  readonly sessions: SessionTable;
  readonly users: Users;
  readonly binds: UserBinds;
  readonly groups: Groups;
  readonly notices: SessionNotices;
  readonly suspended: SuspendedSessions;
  readonly fetches: Fetches;
  readonly tickets: Tickets | undefined;
  readonly budgets: ClientBudgets;
  readonly loads: NodeLoads;
}

/** All client connections of a gate. */
export class Clients implements ClientSide {
  readonly core: GateCore;
  readonly router: Router;
  readonly pushes: Pushes;
  readonly format: FrameFormat;
  readonly decoderOptions: FrameDecoderOptions;
  readonly maxFrameBytes: number;
  readonly heartbeatMs: number;
  readonly requireSchema: boolean;
  readonly otherSchemas: OtherSchemas;
  readonly releases: ClientReleases;
  readonly tickets: Tickets | undefined;
  readonly controlRate: RateLimit | undefined;
  readonly budgets: ClientBudgets;
  readonly queue: LoginQueue | undefined;
  readonly envelope = new Envelope();
  readonly resumption: Resumption;
  readonly fetches: Fetches;
  readonly #parts: ClientParts;
  /** All connections, each with its `onGone` callback. */
  readonly #all = new Map<OpenConnection, (() => void) | undefined>();
  readonly #unsent: UnsentBytes;
  #closing = false;
  /** True once sessions end with their connections. */
  #ending = false;

  constructor(core: GateCore, parts: ClientParts, options: ClientsOptions) {
    this.core = core;
    this.router = parts.router;
    this.pushes = parts.pushes;
    this.fetches = parts.fetches;
    this.budgets = parts.budgets;
    this.#unsent = new UnsentBytes(core, () => this.#transports());
    this.queue =
      options.queue &&
      new LoginQueue(options.queue, {
        core,
        sessionCount: () => parts.sessions.size,
        isBlocked: () => this.#closing || parts.loads.isOverloaded,
      });
    this.otherSchemas = new OtherSchemas(core);
    this.#parts = parts;
    this.resumption = new Resumption(core, options.format, {
      ...parts,
      end: (session, reason) => this.ended(session, reason),
    });
    this.format = options.format;
    this.maxFrameBytes = core.limits.maxFrameBytes;
    this.heartbeatMs = options.heartbeatMs;
    this.requireSchema = options.requireSchema;
    this.releases = options.releases;
    this.tickets = parts.tickets;
    this.controlRate = rateLimitOf(core.limits.controlRate);
    const protoVersions: number[] = [];
    if (options.classic) protoVersions.push(classicVersion);
    if (options.session) protoVersions.push(sessionVersion);
    this.decoderOptions = {
      format: options.format,
      maxFrameBytes: this.maxFrameBytes,
      protoVersions,
      memory: new TransportBuffers(),
    };
  }

  /**
   * Serves a new connection that the caller has counted towards the connection limits. Refuses the connection while the gate
   * closes.
   *
   * @param onGone called when the connection has closed or was refused
   */
  accept(transport: Transport, onGone?: () => void): void {
    if (this.#closing) {
      this.core.refusals.note("client.refused.closing", { remote: transport.remote });
      transport.destroy("refused: closing");
      onGone?.();
      return;
    }
    this.#all.set(new ClientConnection(this, transport), onGone);
    this.#unsent.watch();
  }

  opened(connection: OpenConnection, wire: ClientWire): GateSession {
    const session = this.#parts.sessions.add(connection.transport.remote, wire);
    session.connection = connection;
    return session;
  }

  ended(session: GateSession, reason: string): void {
    // What waits would not reach a client without a connection, and could end its session once more.
    if (!session.suspended) sendGathered(session);
    if (session.ended) return;
    this.#parts.binds.ended(session);
    this.#forget(session, reason);
    // Last: a client that waits for the session must not find it any more.
    session.move?.ended(reason);
  }

  /** Removes a session that is at another gate now. Nodes that have moved it there keep it; for the others it ends. */
  moved(session: GateSession, nodes: ReadonlySet<string>): void {
    session.move = undefined;
    session.knownTo = session.knownTo.filter(({ peer }) => !nodes.has(peer.name));
    this.core.counters.add("session.moved");
    this.#forget(session, "the session has moved to another gate");
  }

  #forget(session: GateSession, reason: string): void {
    session.ended = true;
    const { sessions, users, groups, notices, suspended } = this.#parts;
    // First, since the failures of waiting commands must not fill the window again.
    session.resume?.window.close();
    suspended.remove(session);
    this.tickets?.ended(session);
    sessions.remove(session);
    this.releases.sessions.remove(session.client);
    users.release(session);
    groups.leaveAll(session);
    session.connection = undefined;
    for (const lane of session.lanes ?? []) lane?.drop();
    for (let call = session.firstCall; call !== undefined; call = session.firstCall) call.abandon();
    session.latestPushes = undefined;
    notices.ended(session, reason);
    this.queue?.changed();
  }

  closed(connection: OpenConnection, session: GateSession | undefined, reason: string): void {
    if (session !== undefined && session.connection === connection) {
      if (session.resume === undefined || this.#ending) this.ended(session, reason);
      else this.resumption.suspend(session);
    }
    this.router.loads.gone(connection.input);
    const onGone = this.#all.get(connection);
    if (this.#all.delete(connection)) onGone?.();
  }

  /** Kicks a session; see {@link OpenConnection.kick}. A session without a connection ends. */
  kick(session: GateSession, code: number, reason: string, reconnect: boolean): void {
    const { connection } = session;
    connection?.kick(code, reason, reconnect);
    // Without a connection, and on a connection that has just ended.
    this.ended(session, reason);
  }

  *#transports(): Generator<Transport> {
    for (const { transport } of this.#all.keys()) yield transport;
  }

  /** Returns the input of a session's connection; undefined while the session has none. */
  inputOf(session: GateSession): ClientInput | undefined {
    return session.connection?.input;
  }

  /** Refuses new clients. */
  refuse(): void {
    this.#closing = true;
    this.queue?.close();
  }

  /** Sends the client of a session to another gate, where the session can be resumed by the token. */
  leave(session: GateSession, to: ClientAddresses, resumeToken: Uint8Array, graceMs: number): void {
    const { connection } = session;
    if (connection === undefined) return;
    const isTcp = connection.transport.kind === "tcp";
    connection.leave(isTcp ? to.tcpAddress : to.webSocketAddress, graceMs, resumeToken);
    this.resumption.suspend(session);
  }

  /** Takes a session from its connection, since its client has come to another gate. */
  yield(session: GateSession): void {
    const { connection } = session;
    if (connection === undefined) return;
    connection.replaced();
    this.resumption.suspend(session);
  }

  /** Refuses new clients, and sends GoAway to connected clients, whose sessions end. */
  goAway(graceMs: number): void {
    this.#closing = true;
    this.#ending = true;
    for (const connection of this.#all.keys()) connection.goAway(graceMs);
  }

  /** Returns the number of requests in flight of all sessions. */
  inFlight(): number {
    let count = 0;
    for (const session of this.#parts.sessions.all()) count += session.inFlight;
    return count;
  }

  /** Fails the requests in flight with UNAVAILABLE and closes all connections. Resolves when they are closed. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    this.#ending = true;
    this.tickets?.judge.close();
    for (const session of this.#parts.sessions.all()) {
      giveUpWaiting(session);
      sendGathered(session);
    }
    this.#parts.suspended.endAll("the gate is stopping");
    await Promise.all([...this.#all.keys()].map(({ transport }) => transport.close({ graceMs })));
  }

  /** Closes all connections at once, and refuses new ones. */
  destroy(reason: string): void {
    this.#closing = true;
    this.#ending = true;
    for (const { transport } of this.#all.keys()) transport.destroy(reason);
  }
}
