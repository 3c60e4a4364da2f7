import { errorCodes, isPhotinusError } from "../../../schema/errors.ts";
import { pause } from "../../clock/pause.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { Encoder } from "../../wire/codec/codec.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import {
  type AdoptedSessions,
  Draining,
  KeepChanges,
  MoveSessions,
  SessionArrival,
} from "../../wire/generated/photinus/link.ts";
import type { Clients } from "../client/clients.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import type { GatePeer } from "../peers/gate-peer.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import { type GateSession, giveUpWaiting, sendGathered } from "../session/gate-session.ts";
import type { SessionTable } from "../session/session-table.ts";
import type { UserBinds } from "../users/user-binds.ts";
import { askToAdopt, offered } from "./adoption.ts";
import { Departure } from "./departure.ts";
import type { Fetched } from "./fetches.ts";

/** Parts of a gate that move its sessions to other gates. */
export interface DepartureParts {
  readonly sessions: SessionTable;
  readonly nodes: NodeRegistry;
  readonly peers: GatePeers;
  readonly clients: Clients;
  readonly binds: UserBinds;
}

/** Most sessions that move together: one question to the other gate and to each node. */
const batchCount = 256;
/** How long a gate or node may take to answer one question, in ms. */
const answerMs = 3_000;
/** Share of the time left that a node may take for an answer, since the sessions of all nodes wait for it. */
const nodeShare = 0.25;
/** How long a session whose client has come to another gate waits for its requests in flight, in ms. */
const fetchMs = 5_000;
/** Least time for an answer of the nodes, also when the gate has none left, in ms. */
const leastAnswerMs = 100;
const stopping = "the gate is stopping";
/** Interval of the looks whether requests are answered, in ms. */
const lookMs = 10;

/** Moves the sessions of a gate that stops to the other gates. */
export class Departures {
  readonly #core: GateCore;
  readonly #parts: DepartureParts;
  /** Nodes that have not answered in time while the gate stops. */
  readonly #mute = new Set<NodeLink>();
  readonly #leaving = new Set<Departure>();
  /** Deliveries of such sessions. */
  readonly #deliveries = new Set<Promise<void>>();
  /** Gates that have taken no session of a batch. */
  readonly #refusing = new Set<GatePeer>();
  /** Times of {@link moveAll} that bound all moves; Infinity before it. */
  #until = Number.POSITIVE_INFINITY;
  #end = Number.POSITIVE_INFINITY;

  constructor(core: GateCore, parts: DepartureParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /**
   * Moves all sessions that can be resumed. Each of them takes no more requests from the GoAway of its client on, and moves once those
   * in flight are answered. At `until` the rest of them fail. Resolves at once without another gate, at the latest at `end`.
   */
  async moveAll(until: number, end: number): Promise<void> {
    if (this.#targets().length === 0 || this.#leftMs(until) === 0) return;
    this.#until = until;
    this.#end = end;
    await this.#atAllNodes(admin.draining, Draining, {}, until, () => {});
    const asked = new Set<GateSession>();
    const batches: (readonly GateSession[])[] = [];
    const moving: Promise<void>[] = [];
    for (;;) {
      const all = [...this.#parts.sessions.all()].filter((session) => {
        return session.resume !== undefined && !(session.move instanceof Departure) && !asked.has(session);
      });
      // A session that is still on its way to this gate moves on once it is here; one that is offered, once it is refused.
      const here = all.filter((session) => session.move === undefined);
      for (const session of here) asked.add(session);
      const targets = this.#targets();
      batches.push(...inBatches(here, targets.length));
      const skipped = new Set<GateSession>();
      await Promise.all(targets.map((target) => this.#moveTo(target, batches, skipped, moving, until, end)));
      for (const session of skipped) asked.delete(session);
      const isDone = all.length === here.length && batches.length === 0 && skipped.size === 0;
      if (isDone || targets.length === 0 || this.#leftMs(until) === 0) break;
      if (batches.length === 0) await pause(this.#core.clock, lookMs);
    }
    await Promise.all([...moving, ...this.#deliveries]);
  }

  /**
   * Moves one session to the gate that its client has come to. Resolves once that gate has taken it. Requests in flight that take
   * longer than `fetchMs` fail.
   */
  async fetched(gate: string, session: GateSession): Promise<Fetched> {
    if (session.move !== undefined) return "later";
    const link = this.#parts.peers.get(gate)?.usable;
    // The session stays, so its client must not begin anew.
    if (link === undefined) return "later";
    session.move = offered;
    this.#parts.clients.yield(session);
    const until = this.#core.clock.now() + fetchMs;
    // Before the other gate gets the groups, so that it gets each later change from here or from the node.
    await this.#atAllNodes(admin.keepChanges, KeepChanges, { sessions: [session.number] }, until, () => {});
    if (session.ended) return "nowhere";
    const linked = this.#linkedNodes();
    const adopted = await this.#ask(link, [session], linked, until);
    if (adopted === undefined) return "later";
    const departures = this.#depart(link, [session], adopted, linked);
    const delivery = this.#deliver(departures, until, until + answerMs);
    this.#deliveries.add(delivery);
    void delivery.finally(() => this.#deliveries.delete(delivery));
    if (departures.length > 0) return "here";
    return session.ended ? "nowhere" : "later";
  }

  /** Returns the gates that take sessions. */
  #targets(): GatePeer[] {
    return this.#parts.peers.all().filter((peer) => {
      return peer.usable !== undefined && !peer.stopping && !this.#refusing.has(peer);
    });
  }

  /**
   * Announces one batch after another, until none is left or the gate takes none: then the other gates get the rest. Skips sessions
   * that were offered to a gate since then, because their clients have come there.
   */
  async #moveTo(
    peer: GatePeer,
    batches: (readonly GateSession[])[],
    skipped: Set<GateSession>,
    moving: Promise<void>[],
    until: number,
    end: number,
  ): Promise<void> {
    for (;;) {
      const link = peer.usable;
      if (link === undefined || peer.stopping || this.#leftMs(until) === 0) return;
      const next = batches.shift()?.filter(({ ended }) => !ended);
      if (next === undefined) return;
      for (const session of next) if (session.move !== undefined) skipped.add(session);
      const batch = next.filter(({ move }) => move === undefined);
      if (batch.length === 0) continue;
      const linked = this.#linkedNodes();
      const adopted = await this.#ask(link, batch, linked, until);
      if (adopted === undefined || adopted.sessions.every(({ session }) => session === 0)) {
        this.#refusing.add(peer);
        // A gate that has not answered may have taken them.
        if (adopted !== undefined) batches.push(batch);
        return;
      }
      const departures = this.#depart(link, batch, adopted, linked);
      this.#sendAway(departures, adopted, until);
      moving.push(this.#deliver(departures, until, end));
    }
  }

  /** Asks another gate to take sessions that do not move. Resolves with undefined when it does not answer. */
  async #ask(
    link: Link,
    batch: readonly GateSession[],
    linked: ReadonlySet<string>,
    until: number,
  ): Promise<AdoptedSessions | undefined> {
    const timeoutMs = Math.max(1, Math.min(answerMs, this.#leftMs(until)));
    // No other gate is asked meanwhile: two of them would take the session.
    for (const session of batch) session.move = offered;
    try {
      return await askToAdopt(this.#core.deadlines, link, batch, linked, timeoutMs);
    } catch (error) {
      for (const session of batch) this.#parts.binds.stayed(session);
      this.#core.counted.warn({ err: error, gate: link.peer }, "sessions not taken by a gate", link.peer);
      return undefined;
    } finally {
      for (const session of batch) session.move = undefined;
    }
  }

  /** Begins the moves of the sessions that another gate has taken. */
  #depart(
    link: Link,
    batch: readonly GateSession[],
    adopted: AdoptedSessions,
    linked: ReadonlySet<string>,
  ): Departure[] {
    const departures: Departure[] = [];
    for (const [at, session] of batch.entries()) {
      const { session: number = 0, resumeToken } = adopted.sessions[at] ?? {};
      if (number === 0 || resumeToken === undefined) {
        this.#parts.binds.stayed(session);
        continue;
      }
      const departure = new Departure(session, link, number, resumeToken, linked);
      sendGathered(session);
      if (session.ended) {
        departure.ended("the session has ended");
        continue;
      }
      session.move = departure;
      this.#leaving.add(departure);
      departures.push(departure);
    }
    return departures;
  }

  /** Sends the clients of sessions that are connected to the other gate. */
  #sendAway(departures: readonly Departure[], to: AdoptedSessions, until: number): void {
    for (const { session, resumeToken } of departures) {
      this.#parts.clients.leave(session, to, resumeToken, this.#leftMs(until));
    }
  }

  /**
   * Moves each session once its requests are answered: first at the nodes, then to the other gate. Before, pushes of a node come here,
   * as its answers do, so that both stay in their order.
   */
  async #deliver(departures: readonly Departure[], latest: number, latestEnd: number): Promise<void> {
    const left = new Set(departures);
    let isTaking = true;
    for (;;) {
      // The gate may have begun to stop.
      const until = Math.min(latest, this.#until);
      const end = Math.min(latestEnd, this.#end);
      const isLate = this.#leftMs(until) === 0;
      // Before its nodes have moved it, such a session is whole here. The other gate ends what it has, with the link.
      const cut = this.#isStopping ? [] : [...left].filter(({ link }) => !link.alive);
      for (const departure of cut) {
        left.delete(departure);
        this.#stay(departure);
      }
      const ready = [...left].filter(({ session }) => session.inFlight === 0 || isLate || session.ended);
      for (const departure of ready) {
        left.delete(departure);
        giveUpWaiting(departure.session);
      }
      await this.#moveAtNodes(ready, until);
      for (const departure of ready) {
        const { link } = departure;
        while (link.overloaded && this.#leftMs(end) > 0) await pause(this.#core.clock, lookMs);
        // A gate that does not answer must not cost its timeout for each of many sessions.
        if (isTaking) isTaking = await this.#send(departure, end);
        else this.#drop(departure);
      }
      if (left.size === 0) return;
      await pause(this.#core.clock, lookMs);
    }
  }

  #stay(departure: Departure): void {
    this.#leaving.delete(departure);
    const { session } = departure;
    if (session.ended) return;
    sendGathered(session);
    session.move = undefined;
    this.#parts.binds.stayed(session);
  }

  #drop(departure: Departure): void {
    this.#leaving.delete(departure);
    this.#parts.clients.ended(departure.session, stopping);
  }

  /** Asks the nodes to send what is for these sessions to the other gate. */
  async #moveAtNodes(departures: readonly Departure[], until: number): Promise<void> {
    const [first] = departures;
    if (first === undefined) return;
    const gate = first.link.peer;
    const numbers = departures.flatMap(({ session, number }) => [session.number, number]);
    await this.#atAllNodes(admin.moveSessions, MoveSessions, { gate, numbers }, until, ({ peer }) => {
      for (const departure of departures) departure.hearsNoMore(peer.name, departure.moved);
    });
  }

  /** Sends the state of a session. Returns false when the other gate does not answer. */
  async #send(departure: Departure, end: number): Promise<boolean> {
    try {
      return await this.#sendState(departure, end);
    } finally {
      this.#leaving.delete(departure);
    }
  }

  async #sendState(departure: Departure, end: number): Promise<boolean> {
    const { session, link, moved } = departure;
    if (session.ended) return true;
    const { clients } = this.#parts;
    const state = SessionArrival.create(departure.state());
    const timeoutMs = Math.max(1, Math.min(answerMs, this.#leftMs(end)));
    try {
      await link.call(admin.sessionArrival, SessionArrival, state, raw, { timeoutMs });
      if (!session.ended) clients.moved(session, moved);
      return true;
    } catch (error) {
      this.#core.counted.warn({ err: error, gate: link.peer }, "session not taken by a gate", link.peer);
      clients.ended(session, stopping);
      return isPhotinusError(error) && error.code !== "DEADLINE_EXCEEDED" && error.code !== "UNAVAILABLE";
    }
  }

  /**
   * Asks all nodes that have answered so far one question, and resolves when all have answered, are lost or are late. Calls `onAnswer`
   * in the order of the link: before the next message of the node.
   */
  async #atAllNodes<T>(
    method: number,
    codec: Encoder<T>,
    message: T,
    until: number,
    onAnswer: (node: NodeLink) => void,
  ): Promise<void> {
    const timeoutMs = Math.max(leastAnswerMs, Math.min(answerMs, this.#leftMs(until) * nodeShare));
    const nodes = this.#nodes().filter((node) => !this.#mute.has(node));
    const answers = nodes.map((node) => {
      return new Promise<void>((resolve) => {
        const answer = (): void => {
          onAnswer(node);
          resolve();
        };
        const failure = (code: number): void => {
          // A node that does not answer is not waited for again, for each of many sessions. A gate that goes on asks it again.
          if (code === errorCodes.DEADLINE_EXCEEDED && this.#isStopping) this.#mute.add(node);
          resolve();
        };
        node.link.ask(method, codec, message, timeoutMs, undefined, { answer, failure });
      });
    });
    await Promise.all(answers);
  }

  /** Notes the loss of a node: a next run of it links to the other gate too, and its pushes count there. */
  nodeLost(node: string): void {
    for (const departure of this.#leaving) departure.hearsNoMore(node, departure.lost);
  }

  get #isStopping(): boolean {
    return this.#end !== Number.POSITIVE_INFINITY;
  }

  #linkedNodes(): ReadonlySet<string> {
    const linked = this.#parts.nodes.all().filter(({ link }) => link?.alive);
    return new Set(linked.map(({ name }) => name));
  }

  /** Returns the linked nodes that can move sessions. */
  #nodes(): NodeLink[] {
    return this.#parts.nodes.all().flatMap(({ link }) => {
      return link?.alive && !link.link.speaksMapForm ? [link] : [];
    });
  }

  #leftMs(until: number): number {
    return Math.max(0, until - this.#core.clock.now());
  }
}

/** Divides sessions into batches, of which each of `count` gates gets about as many. */
function inBatches(sessions: readonly GateSession[], count: number): (readonly GateSession[])[] {
  const size = Math.max(1, Math.min(batchCount, Math.ceil(sessions.length / Math.max(1, count))));
  return Array.from({ length: Math.ceil(sessions.length / size) }, (_, at) =>
    sessions.slice(at * size, (at + 1) * size),
  );
}
