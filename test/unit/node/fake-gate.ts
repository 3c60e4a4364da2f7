import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import type { PushAddress } from "../../../runtime/rpc/envelope/message-kinds.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler, Responder } from "../../../runtime/rpc/link-handler.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import { decode, type MessageInit, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../../runtime/wire/empty-bytes.ts";
import {
  AssignSession,
  Bind,
  Draining,
  KeepChanges,
  KickSession,
  LaneBarrier,
  LinkWelcome,
  Membership,
  MoveSessions,
  Regroup,
  SessionBound,
  SessionEnd,
  SessionOpen,
  SessionState,
  SessionsMoved,
} from "../../../runtime/wire/generated/photinus/link.ts";
import { Outcome } from "../rpc/two-links.ts";

const decoder = new TextDecoder();

/** A gate that keeps what one node sends, in order and in words, and says only what the test says. */
export class FakeGate implements LinkHandler {
  readonly name: string;
  readonly heard: string[] = [];
  /** Answers a bind. As a gate does, the default notifies the node of the bind before. */
  onBind: (reply: Responder, bind: Bind) => void = (reply, { session, userId, auth }) => {
    this.link.notice(admin.sessionBound, SessionBound, { session, userId, auth }, undefined);
    reply.answerBytes(emptyBytes, 0, 0);
  };
  /** Whether the gate is of a release that takes several joins and leaves in one message. */
  takesRegroup = true;
  link!: Link;
  #port!: Port;

  private constructor(name: string) {
    this.name = name;
  }

  static async open(name: string): Promise<FakeGate> {
    const gate = new FakeGate(name);
    gate.#port = await openPort({
      webSocket: false,
      onTransport: (transport) => {
        const deadlines = new Deadlines(systemClock);
        gate.link = new Link(transport, {
          ...{ clock: systemClock, deadlines, log: silentLogger, name, handler: gate },
        });
      },
    });
    return gate;
  }

  get address() {
    return { host: "127.0.0.1", port: this.#port.port };
  }

  async close(): Promise<void> {
    this.link?.destroy("the gate is closed");
    await this.#port.close({ graceMs: 0 });
  }

  // What the gate says

  openSession(session: number, more: Partial<SessionOpen> = {}): void {
    const message = { session, id: `id-${session}`, remote: "10.0.0.1:1", ...more };
    this.link.notice(admin.sessionOpen, SessionOpen, SessionOpen.create(message), undefined);
  }

  endSession(session: number): void {
    this.link.notice(admin.sessionEnd, SessionEnd, { session, reason: "gone" }, undefined);
  }

  setState(session: number, suspended: boolean, remote = "10.0.0.2:2"): void {
    this.link.notice(admin.sessionState, SessionState, { session, suspended, remote }, undefined);
  }

  setUser(session: number, userId: bigint): void {
    this.link.notice(
      admin.sessionBound,
      SessionBound,
      SessionBound.create({ session, userId, auth: 1 }),
      undefined,
    );
  }

  async move(to: FakeGate | string, numbers: readonly number[]): Promise<void> {
    const gate = typeof to === "string" ? to : to.name;
    await this.link.call(admin.moveSessions, MoveSessions, { gate, numbers: [...numbers] }, raw);
  }

  async announceMove(): Promise<void> {
    await this.link.call(admin.draining, Draining, {}, raw);
  }

  async keepChanges(...sessions: number[]): Promise<void> {
    await this.link.call(admin.keepChanges, KeepChanges, { sessions }, raw);
  }

  relay(session: number, command: number, body: Uint8Array): Outcome {
    const outcome = new Outcome();
    this.link.relay(session, command, body, 0, body.length, 5_000, outcome);
    return outcome;
  }

  /** Returns what the node has sent until now. */
  async all(): Promise<readonly string[]> {
    const nothing: MessageInit<LaneBarrier> = { session: 0, lane: "" };
    await this.link.call(admin.laneBarrier, LaneBarrier, LaneBarrier.create(nothing), raw);
    return this.heard;
  }

  // What the node says

  onAsk(
    method: number,
    _target: unknown,
    bytes: Uint8Array,
    start: number,
    end: number,
    _timeoutMs: number,
    reply: Responder,
  ): void {
    if (method === admin.hello) {
      const { name: gate, takesRegroup } = this;
      reply.answer(LinkWelcome, LinkWelcome.create({ gate, version: 1, takesRegroup }));
    } else if (method === admin.bind) {
      const bind = decode(Bind, bytes, start, end);
      this.heard.push(`bind ${bind.session} to ${bind.userId}`);
      this.onBind(reply, bind);
    } else {
      this.heard.push(`call ${method}`);
      reply.answerBytes(emptyBytes, 0, 0);
    }
  }

  onNotice(method: number, _target: unknown, bytes: Uint8Array, start: number, end: number): void {
    this.heard.push(wordsOf(method, bytes.subarray(start, end)));
  }

  onPush(_push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): void {
    this.heard.push(`push ${decoder.decode(bytes.subarray(start, end))} to ${receiverOf(address)}`);
  }

  onRelay(): void {}
  onMapForm(): void {}
  onClose(): void {}
}

function receiverOf(address: PushAddress): string {
  switch (address.kind) {
    case "session":
      return String(address.session);
    case "user":
      return `user ${address.user}`;
    case "group":
      return `${address.group}${address.except === undefined ? "" : ` except ${address.except}`}`;
    default:
      return address.kind;
  }
}

function wordsOf(method: number, body: Uint8Array): string {
  switch (method) {
    case admin.sessionsMoved:
      return `moved ${decode(SessionsMoved, body).sessions}`;
    case admin.join: {
      const { session, group, untilLost } = decode(Membership, body);
      return `join ${session} ${group}${untilLost ? " until lost" : ""}`;
    }
    case admin.leave: {
      const { session, group } = decode(Membership, body);
      return `leave ${session} ${group}`;
    }
    case admin.regroup: {
      const { session, add, remove, untilLost } = decode(Regroup, body);
      const groups = [...remove.map((name) => `-${name}`), ...add.map((name) => `+${name}`)];
      return `regroup ${session} ${groups.join(" ")}${untilLost ? " until lost" : ""}`;
    }
    case admin.kick:
      return `kick ${decode(KickSession, body).session}`;
    case admin.assign: {
      const { session, node } = decode(AssignSession, body);
      return `assign ${session} ${node}`;
    }
    default:
      return `notice ${method.toString(16)}`;
  }
}
