import { errorCodes, isPhotinusError } from "../../../schema/errors.ts";
import { pause } from "../../clock/pause.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { Encoder } from "../../wire/codec/codec.ts";
import { raw } from "../../wire/codec/codec-runtime.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  Draining,
  MoveSessions,
  MovingSession,
  SessionArrival,
} from "../../wire/generated/photinus/link.ts";
import type { Clients } from "../client/clients.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeLink } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import type { GatePeer } from "../peers/gate-peer.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import { type GateSession, giveUpWaiting } from "../session/gate-session.ts";
import type { SessionTable } from "../session/session-table.ts";
import { Departure, describe } from "./departure.ts";

/** Parts of a gate that move its sessions to other gates. */
export interface DepartureParts {
  readonly sessions: SessionTable;
  readonly nodes: NodeRegistry;
  readonly peers: GatePeers;
  readonly clients: Clients;
}

/** Sessions that move together: one question to the other gate and to each node. */
const batchCount = 256;
/** How long a gate or node may take to answer one question, in ms. */
const answerMs = 3_000;
const stopping = "the gate is stopping";
/** Least of that time, also when the gate has none left. */
const leastAnswerMs = 100;
/** Interval of the looks whether requests are answered, in ms. */
const lookMs = 10;

/** Moves the sessions of a gate that stops to the other gates. */
export class Departures {
  readonly #core: GateCore;
  readonly #parts: DepartureParts;
  /** Nodes that have not answered in time. */
  readonly #mute = new Set<NodeLink>();

  constructor(core: GateCore, parts: DepartureParts) {
    this.#core = core;
    this.#parts = parts;
  }

  /**
   * Moves all sessions that can be resumed. Each of them takes no more requests from the GoAway of its client on, and moves once those
   * in flight are answered. At `until` the rest of them fail. Resolves at once without another gate.
   */
  async moveAll(until: number): Promise<void> {
    const targets = this.#parts.peers
      .all()
      .filter(({ usable, stopping }) => usable !== undefined && !stopping);
    if (targets.length === 0 || this.#leftMs(until) === 0) return;
    await this.#atAllNodes(admin.draining, Draining, {}, until, () => {});
    const sessions = [...this.#parts.sessions.all()].filter(({ resume, move }) => {
      return resume !== undefined && move === undefined;
    });
    const shares = targets.map((_, at) =>
      sessions.filter((_session, index) => index % targets.length === at),
    );
    await Promise.all(targets.map((target, at) => this.#moveTo(target, shares[at] ?? [], until)));
  }

  async #moveTo(peer: GatePeer, sessions: readonly GateSession[], until: number): Promise<void> {
    const moving: Promise<void>[] = [];
    for (let at = 0; at < sessions.length; at += batchCount) {
      const link = peer.usable;
      if (link === undefined || peer.stopping || this.#leftMs(until) === 0) break;
      const departures = await this.#announce(link, sessions.slice(at, at + batchCount), until);
      moving.push(this.#deliver(departures, until));
    }
    await Promise.all(moving);
  }

  /** Announces sessions to another gate and to the nodes, and sends their clients there. */
  async #announce(link: Link, batch: readonly GateSession[], until: number): Promise<Departure[]> {
    const { clients } = this.#parts;
    const here = batch.filter(({ ended }) => !ended);
    const nodes = this.#nodes().map(({ peer }) => peer.name);
    const question = { sessions: here.map((session) => MovingSession.create(describe(session))), nodes };
    const timeoutMs = Math.min(answerMs, this.#leftMs(until));
    let adopted: AdoptedSessions;
    try {
      adopted = await link.call(admin.adoptSessions, AdoptSessions, question, AdoptedSessions, { timeoutMs });
    } catch (error) {
      this.#core.counted.warn({ err: error, gate: link.peer }, "sessions not taken by a gate", link.peer);
      return [];
    }
    const departures: Departure[] = [];
    for (const [at, session] of here.entries()) {
      const { session: number = 0, resumeToken } = adopted.sessions[at] ?? {};
      if (number === 0 || resumeToken === undefined) continue;
      const departure = new Departure(session, link, number);
      if (session.ended) {
        departure.ended("the session has ended");
        continue;
      }
      session.move = departure;
      departures.push(departure);
      clients.leave(session, adopted, resumeToken, this.#leftMs(until));
    }
    return departures;
  }

  /**
   * Moves each session once its requests are answered: first at the nodes, then to the other gate. Before, pushes of a node come here,
   * as its answers do, so that both stay in their order.
   */
  async #deliver(departures: readonly Departure[], until: number): Promise<void> {
    const left = new Set(departures);
    let isTaking = true;
    for (;;) {
      const isLate = this.#leftMs(until) === 0;
      const ready = [...left].filter(({ session }) => session.inFlight === 0 || isLate || session.ended);
      for (const departure of ready) {
        left.delete(departure);
        giveUpWaiting(departure.session);
      }
      await this.#moveAtNodes(ready, until);
      for (const departure of ready) {
        const { session, link } = departure;
        while (link.overloaded) await pause(this.#core.clock, lookMs);
        // A gate that does not answer must not cost its timeout for each of many sessions.
        if (isTaking) isTaking = await this.#send(departure);
        else this.#parts.clients.ended(session, stopping);
      }
      if (left.size === 0) return;
      await pause(this.#core.clock, lookMs);
    }
  }

  /** Asks the nodes to send what is for these sessions to the other gate. */
  async #moveAtNodes(departures: readonly Departure[], until: number): Promise<void> {
    const [first] = departures;
    if (first === undefined) return;
    const gate = first.link.peer;
    const numbers = departures.flatMap(({ session, number }) => [session.number, number]);
    await this.#atAllNodes(admin.moveSessions, MoveSessions, { gate, numbers }, until, ({ peer }) => {
      for (const { deaf } of departures) deaf.add(peer.name);
    });
  }

  /** Sends the state of a session. Returns false when the other gate does not answer. */
  async #send(departure: Departure): Promise<boolean> {
    const { session, link, deaf } = departure;
    if (session.ended) return true;
    const { clients } = this.#parts;
    const state = SessionArrival.create(departure.state());
    try {
      await link.call(admin.sessionArrival, SessionArrival, state, raw, { timeoutMs: answerMs });
      if (!session.ended) clients.moved(session, deaf);
      return true;
    } catch (error) {
      this.#core.counted.warn({ err: error, gate: link.peer }, "session not taken by a gate", link.peer);
      clients.ended(session, stopping);
      return isPhotinusError(error) && error.code === "NOT_FOUND";
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
    const timeoutMs = Math.max(leastAnswerMs, Math.min(answerMs, this.#leftMs(until)));
    const nodes = this.#nodes().filter((node) => !this.#mute.has(node));
    const answers = nodes.map((node) => {
      return new Promise<void>((resolve) => {
        const answer = (): void => {
          onAnswer(node);
          resolve();
        };
        const failure = (code: number): void => {
          // A node that does not answer is not waited for again, for each of many sessions.
          if (code === errorCodes.DEADLINE_EXCEEDED) this.#mute.add(node);
          resolve();
        };
        node.link.ask(method, codec, message, timeoutMs, undefined, { answer, failure });
      });
    });
    await Promise.all(answers);
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
