import { afterEach } from "vitest";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateOptions } from "../../../runtime/gate/gate-options.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { admin, linkVersion } from "../../../runtime/rpc/link-administration.ts";
import type { LinkHandler, Responder } from "../../../runtime/rpc/link-handler.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { LinkHello, LinkWelcome } from "../../../runtime/wire/generated/photinus/link.ts";
import { RawClient } from "../../integration/gate/raw-client.ts";
import { protocol } from "../../integration/gate/schema.ts";

const stops: (() => unknown)[] = [];
/** An empty body. */
export const body = new Uint8Array(0);

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A node that answers when the test says so. */
export class HeldNode {
  readonly held: (Responder | undefined)[] = [];
  /** Bodies of all requests, in the order of their arrival. */
  readonly bodies: string[] = [];
  readonly link: Link;
  /** Gate's end of the connection. */
  readonly gateEnd: Transport;

  constructor(gateEnd: Transport, link: (handler: LinkHandler) => Link) {
    this.gateEnd = gateEnd;
    this.link = link({
      // The barrier of a lane: its answer comes behind those of the requests before it.
      onAsk: (_method, _target, _bytes, _start, _end, _ms, reply) => void this.held.push(reply),
      onNotice() {},
      onRelay: (_session, _command, bytes, start, end, _ms, reply) => {
        this.held.push(reply);
        this.bodies.push(new TextDecoder().decode(bytes.subarray(start, end)));
      },
      onPush() {},
      onMapForm() {},
      onClose() {},
    });
  }

  /** Answers the oldest requests. */
  answer(count = this.held.length): void {
    for (const reply of this.held.splice(0, count)) reply?.answerBytes(body, 0, 0);
  }
}

/** A gate over memory connections, with a clock that the test moves. */
export class Rig {
  readonly clock = new FakeClock();
  readonly gate: Gate;

  constructor(options: Partial<GateOptions>) {
    this.gate = new Gate({ name: "gate-1", protocol, clock: this.clock, ...options });
    stops.push(() => this.gate.destroy());
  }

  async node(name: string): Promise<HeldNode> {
    const [here, there] = memoryPair();
    this.gate.acceptLink(there);
    const { clock } = this;
    const options = { clock, deadlines: new Deadlines(clock), log: silentLogger, name };
    const node = new HeldNode(there, (handler) => new Link(here, { ...options, handler }));
    stops.push(() => node.link.destroy());
    const role = name.replace(/-\d+$/, "");
    const hello = LinkHello.create({ name, role, bootId: "1", schema: "", version: linkVersion });
    await node.link.call(admin.hello, LinkHello, hello, LinkWelcome);
    return node;
  }

  async client(): Promise<RawClient> {
    const [here, there] = memoryPair();
    this.gate.acceptClient(there);
    stops.push(() => here.destroy());
    return new RawClient(here).open();
  }

  /** Lets time pass in steps that deliveries can keep up with. */
  async pass(ms: number, each?: () => void): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left));
      each?.();
      await settle();
    }
  }

  pausedBy(name: string): number | undefined {
    return this.gate.status().nodes.find((node) => node.name === name)?.pausedClients;
  }
}

/** Lets what was written arrive. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 12; n++) await new Promise((resolve) => setImmediate(resolve));
}
