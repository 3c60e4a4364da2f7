import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { ResumeTokens } from "../../../runtime/gate/session/resume-tokens.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler, Responder } from "../../../runtime/rpc/link-handler.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { decode, type MessageInit, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  DropSession,
  FetchedSession,
  FetchSession,
  LinkHello,
  LinkWelcome,
  MovingSession,
  SessionArrival,
  SessionBound,
  SessionEnd,
  SessionOpen,
  SessionState,
  SessionsMoved,
  TellUsers,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { eventually, type World } from "./world.ts";

/** Asks a gate for the session of a client's token, as a gate does that the client has come to. */
export function fetchSession(link: Link, token: Uint8Array): Promise<FetchedSession> {
  const parts = new ResumeTokens().partsOf(token)!;
  return link.call(admin.fetchSession, FetchSession, FetchSession.create(parts), FetchedSession);
}

async function linkTo(world: World, gate: Gate, handler: LinkHandler, hello: MessageInit<LinkHello>) {
  const { host, port } = gate.linkAddress!;
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "fake",
    handler,
  });
  world.atEnd(() => link.destroy());
  await link.call(admin.hello, LinkHello, LinkHello.create({ version: linkVersion, ...hello }), LinkWelcome);
  return link;
}

const deafHandler: LinkHandler = {
  onAsk() {},
  onNotice() {},
  onRelay() {},
  onPush() {},
  onMapForm() {},
  onClose() {},
};

/** A gate that stops, and says only what the test says. */
export class FakeSource {
  readonly link: Link;

  private constructor(link: Link) {
    this.link = link;
  }

  /** Links to a gate as gate-8 or gate-9. */
  static async open(world: World, gate: Gate, name = "gate-9"): Promise<FakeSource> {
    // No process listens there: the gate only has to know the names.
    const unreachable = ["gate-8", "gate-9"].map((name) => ({ name, host: "127.0.0.1", port: 1 }));
    gate.setPeers(unreachable);
    const gates = ["gate-8", "gate-9", gate.name];
    return new FakeSource(await linkTo(world, gate, deafHandler, { name, gates }));
  }

  /** Asks the gate to take sessions. Returns their numbers and tokens there. */
  async adopt(sessions: MessageInit<MovingSession>[], nodes: string[] = []) {
    const question = { sessions: sessions.map((session) => MovingSession.create(session)), nodes };
    const answer = await this.link.call(
      admin.adoptSessions,
      AdoptSessions,
      AdoptSessions.create(question),
      AdoptedSessions,
      { timeoutMs: 60_000 },
    );
    return answer.sessions;
  }

  async arrive(state: MessageInit<SessionArrival>): Promise<void> {
    await this.link.call(admin.sessionArrival, SessionArrival, SessionArrival.create(state), raw);
  }

  drop(session: number, reason = "gone"): void {
    this.link.notice(admin.dropSession, DropSession, { session, reason }, undefined);
  }
}

/** A node that keeps what its gate tells it of sessions, and says only what the test says. */
export class FakeNode {
  readonly heard: string[] = [];
  link!: Link;

  static async open(world: World, gate: Gate, name = "probe-1"): Promise<FakeNode> {
    const node = new FakeNode();
    const onNotice: LinkHandler["onNotice"] = (method, _target, bytes, start, end) => {
      node.#note(method, bytes.subarray(start, end));
    };
    const hello = { name, role: name.replace(/-\d+$/, ""), bootId: name };
    node.link = await linkTo(world, gate, { ...deafHandler, onNotice }, hello);
    return node;
  }

  /** Tells the gate that pushes for these sessions come from here on. */
  moved(...sessions: number[]): void {
    this.link.notice(admin.sessionsMoved, SessionsMoved, { sessions, served: sessions }, undefined);
  }

  #note(method: number, body: Uint8Array): void {
    if (method === admin.sessionOpen) {
      const { session, suspended } = decode(SessionOpen, body);
      this.heard.push(`${session} ${suspended ? "suspended" : "open"}`);
    } else if (method === admin.sessionState) {
      const { session, suspended } = decode(SessionState, body);
      this.heard.push(`${session} ${suspended ? "suspended" : "open"}`);
    } else if (method === admin.sessionEnd) this.heard.push(`${decode(SessionEnd, body).session} ended`);
    else if (method === admin.sessionBound) {
      const { session, userId } = decode(SessionBound, body);
      this.heard.push(`${session} bound to ${userId}`);
    }
  }
}

/** A gate that takes sessions, and answers what the test says. */
export class FakeTarget {
  readonly name = "gate-8";
  /** Whether questions are left without an answer from now on. */
  isFrozen = false;
  /** Arrivals so far, each with what answers it. */
  readonly arrivals: (() => void)[] = [];
  /** Called instead of taking the sessions of a question. */
  onAdopt: ((question: AdoptSessions, reply: Responder) => void) | undefined = undefined;
  /** Answers a search for a session; without it, no session is here. */
  onFetch: ((reply: Responder) => void) | undefined = undefined;
  /** Link that the gate has dialled. */
  served!: Link;
  /** Numbers here of the sessions that were dropped. */
  readonly dropped: number[] = [];
  readonly #world: World;
  readonly #gate: Gate;
  #port!: Port;

  private constructor(world: World, gate: Gate) {
    this.#world = world;
    this.#gate = gate;
  }

  /** Listens, and puts itself into the list of a gate. Resolves when that gate has linked. */
  static async open(world: World, gate: Gate): Promise<FakeTarget> {
    const target = new FakeTarget(world, gate);
    target.#port = await openPort({ webSocket: false, onTransport: (transport) => target.#serve(transport) });
    world.atEnd(() => target.#port.close({ graceMs: 0 }));
    const others = world.gates.map(({ name, linkAddress }) => ({ name, ...linkAddress! }));
    gate.setPeers([...others, { name: target.name, host: "127.0.0.1", port: target.#port.port }]);
    await eventually(() => gate.status().gates.some(({ name, linked }) => linked && name === target.name));
    return target;
  }

  /** Links to the gate, as its peer without sessions. */
  async dial(): Promise<Link> {
    const { name, gates } = this;
    const link = await linkTo(this.#world, this.#gate, deafHandler, { name, gates });
    await link.call(admin.tellUsers, TellUsers, TellUsers.create({ last: true }), raw);
    return link;
  }

  /** Names of all gates, sorted. */
  get gates(): string[] {
    return [...this.#world.gates.map(({ name }) => name), this.name];
  }

  #serve(transport: Transport): void {
    const onAsk: LinkHandler["onAsk"] = (method, _target, bytes, start, end, _timeoutMs, reply) => {
      if (method === admin.hello)
        reply.answer(
          LinkWelcome,
          LinkWelcome.create({ gate: this.name, version: linkVersion, gates: this.gates }),
        );
      else if (method === admin.tellUsers) reply.answerBytes(emptyBytes, 0, 0);
      else if (this.isFrozen) return;
      else if (method === admin.fetchSession) {
        if (this.onFetch === undefined) reply.answer(FetchedSession, FetchedSession.create({}));
        else this.onFetch(reply);
      } else if (method === admin.adoptSessions) {
        const question = decode(AdoptSessions, bytes, start, end);
        if (this.onAdopt !== undefined) {
          this.onAdopt(question, reply);
          return;
        }
        const { sessions } = question;
        const taken = sessions.map((_, n) => ({ session: n + 1, resumeToken: new Uint8Array(28) }));
        const answer = { tcpAddress: `tcp://127.0.0.1:${this.#port.port}`, sessions: taken };
        reply.answer(AdoptedSessions, AdoptedSessions.create(answer));
      } else if (method === admin.sessionArrival) {
        this.arrivals.push(() => reply.answerBytes(emptyBytes, 0, 0));
      }
    };
    const onNotice: LinkHandler["onNotice"] = (method, _target, bytes, start, end) => {
      if (method === admin.dropSession) this.dropped.push(decode(DropSession, bytes, start, end).session);
    };
    this.served = new Link(transport, {
      clock: systemClock,
      deadlines: new Deadlines(systemClock),
      log: silentLogger,
      name: this.name,
      handler: { ...deafHandler, onAsk, onNotice },
    });
  }
}
