import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { closeMessage, openAnswer, writeBody } from "../../../runtime/rpc/envelope/compact-writer.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler } from "../../../runtime/rpc/link-handler.ts";
import { DialerChallenge } from "../../../runtime/rpc/trust/challenge.ts";
import type { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import {
  LinkChallenge,
  LinkChallenged,
  LinkHello,
  LinkProof,
  LinkProved,
  LinkWelcome,
} from "../../../runtime/wire/generated/photinus/link.ts";
import type { World } from "./world.ts";

/** A peer on a gate's link port that keeps every byte that it gets, and does only what the test says. */
export class Stranger {
  readonly link: Link;
  /** Everything that the gate has sent. */
  readonly heard: Buffer[] = [];
  /** Calls that the gate has made. */
  readonly called: string[] = [];
  /** Whether the peer says that it has no earlier work when a gate asks. */
  idle = false;

  private constructor(transport: Awaited<ReturnType<typeof dialTcp>>) {
    const start = transport.start.bind(transport);
    transport.start = (handler) =>
      start({
        onData: (chunk) => {
          this.heard.push(Buffer.from(chunk));
          handler.onData(chunk);
        },
        onDrain: () => handler.onDrain(),
        onPeerEnd: () => handler.onPeerEnd?.() ?? false,
        onClose: (reason) => handler.onClose(reason),
      });
    const handler: LinkHandler = {
      onAsk: (method, _target, _bytes, _start, _end, _timeoutMs, reply) => {
        this.called.push(`ask ${method}`);
        if (this.idle && method === admin.workBarrier) reply.answerBytes(new Uint8Array(0), 0, 0);
      },
      onNotice: (method) => void this.called.push(`notice ${method}`),
      onRelay: (_, command) => void this.called.push(`relay ${command}`),
      onPush: (push) => void this.called.push(`push ${push}`),
      onMapForm: (name) => void this.called.push(name),
      onClose: () => {},
    };
    const deadlines = new Deadlines(systemClock);
    this.link = new Link(transport, {
      ...{ clock: systemClock, deadlines, log: silentLogger, name: "stranger", handler, initiator: true },
    });
  }

  static async open(world: World, gate: Gate): Promise<Stranger> {
    const { host, port } = gate.linkAddress!;
    const stranger = new Stranger(await dialTcp(host, port));
    world.atEnd(() => stranger.link.destroy());
    return stranger;
  }

  /** Everything that the gate has sent, as text that keeps each byte. */
  get text(): string {
    return Buffer.concat(this.heard).toString("latin1");
  }

  /** Answers a call of the gate that it has not made. */
  answer(key: number, body: Uint8Array): void {
    const { transport } = this.link;
    const mark = openAnswer(transport.output, key);
    writeBody(transport.output, body, 0, body.length);
    closeMessage(transport.output, mark, undefined);
    transport.flushSoon();
  }

  /** Resolves when the gate has handled everything sent so far, or has closed the link. */
  async settled(): Promise<void> {
    const { link } = this;
    if (link.speaksMapForm) await link.callMapForm("callTarget", ["ping"]).catch(() => {});
    else await link.call(1, raw, new Uint8Array(0), raw).catch(() => {});
  }

  /** Proves this side as a peer with keys does. Rejects when the gate refuses it. */
  async prove(keys: LinkKeys): Promise<{ readonly challenge: DialerChallenge; readonly gate: string }> {
    const challenge = new DialerChallenge(keys);
    const first = { nonce: challenge.nonce, keys: [...challenge.offered], version: linkVersion };
    const challenged = await this.link.call(admin.challenge, LinkChallenge, first, LinkChallenged);
    const proof = challenge.answer(challenged);
    const { gate } = await this.link.call(admin.proof, LinkProof, { proof }, LinkProved);
    return { challenge, gate };
  }

  /** Proves this side and registers. */
  async join(keys: LinkKeys, name: string, role: string, gates: string[] = []): Promise<LinkWelcome> {
    const { challenge, gate } = await this.prove(keys);
    const kind = gates.length > 0 ? "gate" : "node";
    const identity = { listener: gate, dialer: name, kind, role: kind === "gate" ? "" : role } as const;
    const proof = challenge.introduce(identity);
    const hello = LinkHello.create({ name, role, bootId: "b", version: linkVersion, gates, proof });
    const welcome = await this.link.call(admin.hello, LinkHello, hello, LinkWelcome);
    challenge.checkWelcome(welcome.proof, identity);
    return welcome;
  }
}
