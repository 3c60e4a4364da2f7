import { fail, PhotinusError } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
import type { PushAddress } from "../../rpc/envelope/message-kinds.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import { type GateSession, type Group, sendGathered } from "../session/gate-session.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { Users } from "../session/users.ts";
import type { SharedPush } from "../session/window-store.ts";
import type { Groups } from "./groups.ts";
import type { LatestPush } from "./latest-pushes.ts";
import { PushDelivery, sharedPush } from "./push-delivery.ts";
import type { PushRoute } from "./push-route.ts";
import { PushTicks } from "./push-ticks.ts";

/** Delivers pushes to sessions: copies the body into each client's output, under the session's own sequence number. */
export class Pushes {
  readonly #core: GateCore;
  readonly #maxBodyBytes: number;
  readonly #routes = new Map<number, PushRoute>();
  readonly #commands: ReadonlyMap<number, string>;
  readonly #sessions: SessionTable;
  readonly #users: Users;
  readonly #groups: Groups;
  readonly #delivery: PushDelivery;
  readonly #ticks: PushTicks;
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
    this.#delivery = new PushDelivery(core, onSlow);
    this.#ticks = new PushTicks(core, this.#delivery);
    this.#commands = new Map(protocol.commands.map(({ id, name }) => [id, name]));
    for (const { id, name, delivery, key, tickMs = 0 } of protocol.pushes) {
      this.#routes.set(id, { id, name, delivery, key, tickMs });
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
    switch (address.kind) {
      case "session":
        return this.#one(route, this.#sessions.get(address.session), bytes, start, end);
      case "user":
        return this.#ofUser(route, this.#users.get(address.user), bytes, start, end);
      case "sessions": {
        const shared = sharedPush(route, address.sessions.length, bytes, start, end);
        const sessions = address.sessions.flatMap((number) => this.#sessions.get(number) ?? []);
        this.#ticks.sendAll(sessions);
        return this.#many(route, sessions, undefined, bytes, start, end, shared);
      }
      case "group": {
        const group = this.#groups.get(address.group);
        if (group === undefined) return 0;
        if (route.tickMs > 0) return this.#gather(route, group, address.except ?? 0, bytes, start, end);
        group.gathered?.flush();
        this.#ticks.sendAll(group.members);
        const shared = sharedPush(route, group.members.size, bytes, start, end);
        return this.#many(route, group.members, address.except, bytes, start, end, shared);
      }
      case "everyone": {
        this.#ticks.sendAll(this.#sessions.all());
        const shared = sharedPush(route, this.#sessions.size, bytes, start, end);
        return this.#many(route, this.#sessions.all(), undefined, bytes, start, end, shared);
      }
    }
  }

  /** Sends the pushes that were held back, once the client has caught up. */
  drained(session: GateSession): void {
    this.#delivery.drained(session);
  }

  /** Holds "latest" pushes back that another gate has held back, unless there is a newer one of the subject. */
  holdBack(session: GateSession, pushes: readonly LatestPush[]): void {
    this.#delivery.holdBack(session, pushes, this.#routes);
  }

  /** Routes a push that the schema does not know as reliable: it may come from a node with a newer schema. */
  #unknown(id: number): PushRoute | PhotinusError {
    const command = this.#commands.get(id);
    if (command === undefined && id !== 0) {
      return { id, name: String(id), delivery: "reliable", key: undefined, tickMs: 0 };
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

  /** Adds a push to those that wait for the tick of a group. Returns the number of receivers. */
  #gather(
    route: PushRoute,
    group: Group,
    except: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const excepted = except === 0 ? undefined : this.#sessions.get(except);
    const isMember = excepted !== undefined && group.members.has(excepted);
    this.#ticks.gather(route, this.#from, group, except, bytes, start, end);
    return group.members.size - (isMember ? 1 : 0);
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
    const from = this.#from;
    this.#core.compression.nextPush();
    for (const session of sessions) {
      if (session.number !== except)
        count += this.#delivery.deliver(route, from, session, bytes, start, end, shared);
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

  /** Delivers to one session, after what waits for it. Returns 0 for a session that does not exist or has ended, otherwise 1. */
  #one(
    route: PushRoute,
    session: GateSession | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    if (session !== undefined) sendGathered(session);
    this.#core.compression.nextPush();
    return this.#delivery.deliver(route, this.#from, session, bytes, start, end);
  }
}
