import { fail, PhotinusError } from "../../../schema/errors.ts";
import type { Delivery, Protocol, PushEntry } from "../../api/protocol.ts";
import type { PushAddress } from "../../rpc/envelope/message-kinds.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { GateSession } from "./gate-session.ts";
import type { Groups } from "./groups.ts";
import { type LatestPush, LatestPushes } from "./latest-pushes.ts";
import type { SessionTable } from "./session-table.ts";
import type { Users } from "./users.ts";
import { SharedPush } from "./window-store.ts";

/** Least number of receivers whose windows share one copy of a push: for fewer, a small push has less memory in copies. */
const leastSharers = 8;

/** Push of the schema with its delivery class; `key` reads the subject of a "latest" push. */
interface PushRoute {
  readonly id: number;
  readonly name: string;
  readonly delivery: Delivery;
  readonly key: PushEntry["key"];
}

/** Delivers pushes to sessions: copies the body into each client's output, under the session's own sequence number. */
export class Pushes {
  readonly #core: GateCore;
  readonly #maxBodyBytes: number;
  readonly #routes = new Map<number, PushRoute>();
  readonly #commands: ReadonlyMap<number, string>;
  readonly #sessions: SessionTable;
  readonly #users: Users;
  readonly #groups: Groups;
  readonly #onSlow: (session: GateSession) => void;
  /** Node that sends the current push. */
  #from = "";

  constructor(
    core: GateCore,
    protocol: Protocol,
    parts: { sessions: SessionTable; users: Users; groups: Groups },
    onSlow: (session: GateSession) => void,
  ) {
    this.#core = core;
    this.#maxBodyBytes = largestBody(core.limits.maxServerFrameBytes);
    this.#sessions = parts.sessions;
    this.#users = parts.users;
    this.#groups = parts.groups;
    this.#onSlow = onSlow;
    this.#commands = new Map(protocol.commands.map(({ id, name }) => [id, name]));
    for (const { id, name, delivery, key } of protocol.pushes) {
      this.#routes.set(id, { id, name, delivery, key });
    }
  }

  /**
   * Delivers a push. Returns the number of receivers at this gate; a slow client counts even when its push is dropped. Returns an
   * error when no session gets the push: INVALID_ARGUMENT for the id of a command, RESOURCE_EXHAUSTED for a body that is larger
   * than clients accept. Both are counted and logged.
   *
   * @param from name of the node that sends the push
   */
  send(
    from: string,
    id: number,
    address: PushAddress,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number | PhotinusError {
    const route = this.#routes.get(id) ?? this.#unknown(id);
    if (route instanceof PhotinusError) return route;
    if (end - start > this.#maxBodyBytes) return this.#tooLarge(route.name, end - start);
    this.#from = from;
    this.#core.compression.nextPush();
    switch (address.kind) {
      case "session":
        return this.#one(route, this.#sessions.get(address.session), bytes, start, end);
      case "user":
        return this.#ofUser(route, this.#users.get(address.user), bytes, start, end);
      case "sessions": {
        const shared = this.#shared(route, address.sessions.length, bytes, start, end);
        let count = 0;
        for (const session of address.sessions) {
          count += this.#one(route, this.#sessions.get(session), bytes, start, end, shared);
        }
        return count;
      }
      case "group": {
        const group = this.#groups.get(address.group);
        if (group === undefined) return 0;
        const shared = this.#shared(route, group.members.size, bytes, start, end);
        return this.#many(route, group.members, address.except, bytes, start, end, shared);
      }
      case "everyone": {
        const shared = this.#shared(route, this.#sessions.size, bytes, start, end);
        return this.#many(route, this.#sessions.all(), undefined, bytes, start, end, shared);
      }
    }
  }

  /** Sends the pushes that were held back, once the client has caught up. */
  drained(session: GateSession): void {
    const { latestPushes } = session;
    if (latestPushes === undefined) return;
    session.latestPushes = undefined;
    this.#core.compression.nextPush();
    for (const { id, body } of latestPushes) session.wire.push(id, false, body, 0, body.length);
  }

  /** Holds "latest" pushes back that another gate has held back, unless there is a newer one of the subject. */
  holdBack(session: GateSession, pushes: readonly LatestPush[]): void {
    for (const { id, body } of pushes) {
      const subject = this.#routes.get(id)?.key?.(body, 0, body.length);
      if (session.latestPushes?.has(id, subject)) continue;
      session.latestPushes ??= new LatestPushes();
      session.latestPushes.put(id, subject, body, 0, body.length);
    }
    if (session.latestPushes !== undefined) session.wire.heldBack?.(session.latestPushes.memoryBytes);
  }

  /** Routes a push that the schema does not know as reliable: it may come from a node with a newer schema. */
  #unknown(id: number): PushRoute | PhotinusError {
    const command = this.#commands.get(id);
    if (command === undefined && id !== 0) {
      return { id, name: String(id), delivery: "reliable", key: undefined };
    }
    // Classic clients would take a push with a command's id for a reply.
    this.#core.refusals.note("push.refused.command", { push: id });
    const found = command === undefined ? "0" : `${id}, which is the command ${command}`;
    return fail("INVALID_ARGUMENT", `invalid push id ${found}; expected the id of a push`);
  }

  /** Nodes in other languages may send such pushes; this version's own nodes check the size before they send. */
  #tooLarge(name: string, size: number): PhotinusError {
    const limit = this.#maxBodyBytes;
    this.#core.counters.add("push.too-large");
    this.#core.counted.error({ push: name, size, limit }, "push too large for clients", name);
    return fail("RESOURCE_EXHAUSTED", `the push ${name} has ${size} bytes; clients accept at most ${limit}`);
  }

  /** Returns what the windows of this many receivers share; undefined when each keeps a copy of its own, or none. */
  #shared(
    route: PushRoute,
    receiverCount: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): SharedPush | undefined {
    if (route.delivery !== "reliable" || receiverCount < leastSharers) return undefined;
    return new SharedPush(route.id, bytes, start, end);
  }

  /** Delivers to each session except one. Returns the number of receivers. */
  #many(
    route: PushRoute,
    sessions: Iterable<GateSession>,
    except: number | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): number {
    let count = 0;
    for (const session of sessions) {
      if (session.number !== except) count += this.#one(route, session, bytes, start, end, shared);
    }
    return count;
  }

  /** Delivers to the sessions of a user. Returns the number of receivers. */
  #ofUser(
    route: PushRoute,
    first: GateSession | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    let count = 0;
    let session = first;
    while (session !== undefined) {
      // The push may end the session, and take it from the list.
      const next: GateSession | undefined = session.nextOfUser;
      count += this.#one(route, session, bytes, start, end);
      session = next;
    }
    return count;
  }

  /** Delivers to one session. Returns 0 for a session that does not exist or has ended, otherwise 1. */
  #one(
    route: PushRoute,
    session: GateSession | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared?: SharedPush,
  ): number {
    if (session === undefined || session.ended || session.move?.ignores(this.#from)) return 0;
    const { wire } = session;
    if (session.latestPushes === undefined && wire.bufferedBytes <= this.#core.limits.softBufferBytes) {
      wire.push(route.id, route.delivery === "reliable", bytes, start, end, shared);
    } else {
      this.#behind(route, session, bytes, start, end, shared);
    }
    return 1;
  }

  /** Delivers to a slow client: drops a "droppable" push, holds a "latest" push back, and sends a "reliable" push. */
  #behind(
    route: PushRoute,
    session: GateSession,
    bytes: Uint8Array,
    start: number,
    end: number,
    shared: SharedPush | undefined,
  ): void {
    const { limits, counters } = this.#core;
    const { wire } = session;
    const full = wire.bufferedBytes > limits.softBufferBytes;
    if (route.delivery === "droppable" && full) {
      counters.add("push.dropped");
      return;
    }
    if (route.delivery === "latest") {
      const subject = route.key?.(bytes, start, end);
      if (full || session.latestPushes?.has(route.id, subject)) {
        session.latestPushes ??= new LatestPushes();
        session.latestPushes.put(route.id, subject, bytes, start, end);
        counters.add("push.latest.waiting");
        const { count, bytes: size, memoryBytes } = session.latestPushes;
        if (count > limits.latestPushCount || size > limits.hardBufferBytes) this.#onSlow(session);
        else wire.heldBack?.(memoryBytes);
        return;
      }
    }
    wire.push(route.id, route.delivery === "reliable", bytes, start, end, shared);
    if (wire.bufferedBytes > limits.hardBufferBytes) this.#onSlow(session);
  }
}
