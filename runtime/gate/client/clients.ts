import type { Transport } from "../../transport/transport.ts";
import type { FrameDecoderOptions } from "../../wire/frame/decoder.ts";
import { classicVersion, type FrameFormat, sessionVersion } from "../../wire/frame/format.ts";
import { Envelope } from "../../wire/session/envelope.ts";
import type { GateCore } from "../core.ts";
import type { PlayerSession } from "../route/relay.ts";
import type { Router } from "../route/router.ts";
import type { Groups } from "../session/groups.ts";
import type { Pushes } from "../session/pushes.ts";
import type { ClientWire, GateSession } from "../session/session.ts";
import type { SessionTable } from "../session/table.ts";
import type { Tellings } from "../session/tellings.ts";
import type { Users } from "../session/users.ts";
import type { ClientSide } from "./client-side.ts";
import { ClientConnection } from "./connection.ts";

export interface ClientsOptions {
  readonly format: FrameFormat;
  readonly classic: boolean;
  readonly session: boolean;
  readonly heartbeatMs: number;
  readonly requireSchema: boolean;
}

/** What the connections work with, and what is tidied up at their end. */
export interface ClientParts {
  readonly router: Router;
  readonly pushes: Pushes;
  readonly sessions: SessionTable;
  readonly users: Users;
  readonly groups: Groups;
  readonly tellings: Tellings;
}

/** All client connections of a gate, within its limits. */
export class Clients implements ClientSide<ClientConnection> {
  readonly core: GateCore;
  readonly router: Router;
  readonly pushes: Pushes;
  readonly format: FrameFormat;
  readonly decoderOptions: FrameDecoderOptions;
  readonly maxFrameBytes: number;
  readonly heartbeatMs: number;
  readonly requireSchema: boolean;
  readonly envelope = new Envelope();
  readonly #parts: ClientParts;
  /** Of those that have a session, by its id. */
  readonly #connections = new Map<number, ClientConnection>();
  readonly #all = new Set<ClientConnection>();
  readonly #perAddress = new Map<string, number>();
  #closing = false;

  constructor(core: GateCore, parts: ClientParts, options: ClientsOptions) {
    this.core = core;
    this.router = parts.router;
    this.pushes = parts.pushes;
    this.#parts = parts;
    this.format = options.format;
    this.maxFrameBytes = core.limits.maxFrameBytes;
    this.heartbeatMs = options.heartbeatMs;
    this.requireSchema = options.requireSchema;
    const protoVersions: number[] = [];
    if (options.classic) protoVersions.push(classicVersion);
    if (options.session) protoVersions.push(sessionVersion);
    this.decoderOptions = { format: options.format, maxFrameBytes: this.maxFrameBytes, protoVersions };
  }

  get connectionCount(): number {
    return this.#all.size;
  }

  /** Takes a new connection, or closes it when there are too many. */
  accept(transport: Transport): void {
    const { limits, refusals } = this.core;
    const address = hostOf(transport.remote);
    const here = this.#perAddress.get(address) ?? 0;
    const what = this.#closing
      ? "closing"
      : this.#all.size >= limits.connectionCount
        ? "connections"
        : here >= limits.connectionsPerAddress
          ? "address"
          : undefined;
    if (what !== undefined) {
      refusals.note(`client.refused.${what}`, { remote: transport.remote });
      transport.destroy(`refused: ${what}`);
      return;
    }
    this.#perAddress.set(address, here + 1);
    this.#all.add(new ClientConnection(this, transport));
  }

  opened(connection: ClientConnection, wire: ClientWire): PlayerSession {
    const session = this.#parts.sessions.add(connection.transport.remote, wire);
    this.#connections.set(session.id, connection);
    return session;
  }

  ended(session: PlayerSession, reason: string): void {
    if (session.ended) return;
    session.ended = true;
    const { sessions, users, groups, tellings } = this.#parts;
    sessions.remove(session);
    users.release(session);
    groups.leaveAll(session);
    this.#connections.delete(session.id);
    for (const lane of session.lanes ?? []) lane?.drop();
    for (let call = session.firstCall; call !== undefined; call = session.firstCall) call.abandon();
    session.parked = undefined;
    tellings.ended(session, reason);
  }

  closed(connection: ClientConnection, session: PlayerSession | undefined, reason: string): void {
    if (session !== undefined) this.ended(session, reason);
    if (!this.#all.delete(connection)) return;
    const address = hostOf(connection.transport.remote);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  /** Throws a session out. */
  kick(session: GateSession, code: number, reason: string, reconnect: boolean): void {
    this.#connections.get(session.id)?.kick(code, reason, reconnect);
  }

  /** Takes no more clients, and tells those that are here to go elsewhere. */
  goAway(graceMs: number): void {
    this.#closing = true;
    for (const connection of this.#all) connection.goAway(graceMs);
  }

  /** Requests of all sessions that wait for an answer. */
  inFlight(): number {
    let count = 0;
    for (const session of this.#parts.sessions.all()) count += session.inFlight;
    return count;
  }

  /** Closes all connections; resolves when they are gone. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#all].map(({ transport }) => transport.close({ graceMs })));
  }

  destroy(reason: string): void {
    this.#closing = true;
    for (const { transport } of this.#all) transport.destroy(reason);
  }
}

/** An address without its port. */
function hostOf(remote: string): string {
  const at = remote.lastIndexOf(":");
  return at < 0 ? remote : remote.slice(0, at);
}
