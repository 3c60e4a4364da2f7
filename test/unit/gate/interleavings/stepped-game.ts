import type { CommandContext } from "../../../../runtime/api/handler-context.ts";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { Gate } from "../../../../runtime/gate/gate.ts";
import { GameNode } from "../../../../runtime/node/node.ts";
import { text } from "../../../integration/gate/raw-client.ts";
import { commands, protocol, serve } from "../../../integration/gate/schema.ts";
import { SessionOracle } from "./session-oracle.ts";
import { SteppedNetwork, settle } from "./stepped-network.ts";
import { Tab, type TabState } from "./tab.ts";

export const resumeMs = 10_000;
export const heartbeatMs = 4_000;
/** Links send no heartbeats while the clock moves. */
const linkHeartbeatMs = 3_600_000;
export const userIds = [7n, 8n] as const;

export interface Shape {
  readonly gates: number;
  readonly nodes: number;
}

/** Gates, nodes and clients of one run, on a stepped network and a fake clock. */
export class SteppedGame {
  readonly clock = new FakeClock();
  readonly network: SteppedNetwork;
  readonly oracle: SessionOracle;
  readonly counts = { forged: 0, logins: 0, cuts: 0, aborted: 0 };
  readonly gates: Gate[] = [];
  readonly nodes: GameNode[] = [];
  readonly tabs: Tab[] = [];
  /** Sessions that have asked to be bound to a user, by user. */
  readonly suitors = new Map<bigint, Set<string>>();
  /** Sessions whose bind has succeeded, by user. */
  readonly bound = new Map<bigint, Set<string>>();
  readonly #shape: Shape;

  constructor(random: () => number, shape: Shape) {
    this.network = new SteppedNetwork(random);
    this.oracle = new SessionOracle({ now: () => this.clock.now(), resumeMs });
    this.#shape = shape;
  }

  /** Opens gates and nodes, and the first client, which has logged in. */
  async open(): Promise<void> {
    const { clock, network, oracle } = this;
    for (let n = 1; n <= this.#shape.gates; n++) {
      const gate = new Gate({
        name: `gate-${n}`,
        protocol,
        clock,
        heartbeatMs,
        link: { heartbeatMs: linkHeartbeatMs },
        limits: { resumeMs, handshakeMs: 20_000, guestRate: false, controlRate: false },
      });
      this.gates.push(gate);
      network.listen(`gate-${n}:1`, (transport) => gate.acceptClient(transport), oracle);
      network.listen(`gate-${n}:2`, (transport) => gate.acceptLink(transport));
    }
    for (let n = 1; n <= this.#shape.nodes; n++) {
      const node = await GameNode.open([serve("probe", this.#handlers())], {
        name: `probe-${n}`,
        role: "probe",
        gates: this.gates.map((gate) => ({ host: gate.name, port: 2 })),
        clock,
        link: { heartbeatMs: linkHeartbeatMs },
      });
      this.nodes.push(node);
    }
    await this.drain();
    const first = this.add("first");
    this.dial(first);
    await this.drain();
    this.logIn(first, userIds[0]);
    await this.drain();
    if (!this.bound.get(userIds[0])?.size) throw new Error("the first client is not logged in");
  }

  async close(): Promise<void> {
    for (const node of this.nodes) void node.close({ graceMs: 0 });
    for (const gate of this.gates) gate.destroy();
    for (const { end } of this.network.wires) end.destroy();
    await settle(10);
  }

  #handlers() {
    return {
      login: async (body: Uint8Array, { session }: CommandContext) => {
        const userId = BigInt(new TextDecoder().decode(body));
        const name = `${session.gate}/${session.id}`;
        try {
          await session.bind(userId);
        } catch (error) {
          this.counts.aborted++;
          throw error;
        }
        setOf(this.bound, userId).add(name);
        return text("in");
      },
      echo: (_: Uint8Array, { userId }: CommandContext) => text(String(userId)),
    };
  }

  /** Delivers one item, and judges what comes of it. Returns false when nothing is under way. */
  async step(): Promise<boolean> {
    const moved = await this.network.deliver();
    this.look();
    return moved;
  }

  /** Judges what has happened. */
  look(): void {
    this.oracle.judge();
    for (const tab of this.tabs) tab.look();
  }

  /** Delivers all that is under way, and judges each step. */
  async drain(): Promise<void> {
    await settle();
    while (await this.step());
  }

  /** Adds a client; with the state of another one, its copy. */
  add(name: string, state?: TabState): Tab {
    const tab = new Tab(name, state);
    this.tabs.push(tab);
    return tab;
  }

  /** Asks to bind the client's session to a user. */
  logIn(tab: Tab | undefined, userId: bigint): void {
    const welcome = tab?.line?.welcome;
    if (tab === undefined || welcome === undefined) return;
    this.counts.logins++;
    const suitors = setOf(this.suitors, userId);
    suitors.add(welcome.session);
    // The bind of any of them may end any other, whenever it arrives.
    if (suitors.size > 1) for (const name of suitors) this.oracle.doubt(name, "login");
    tab.ask(commands.login.id, String(userId));
  }

  /** Users that a session was or may have been bound to: a bind without an answer in time may have run. */
  usersOf(name: string): bigint[] {
    return [...this.suitors].filter(([, names]) => names.has(name)).map(([userId]) => userId);
  }

  /** Sum of a figure over all gates. */
  sum(of: (status: ReturnType<Gate["status"]>) => number): number {
    return this.gates.reduce((sum, gate) => sum + of(gate.status()), 0);
  }

  /** Connects a client to a gate that chance picks. */
  dial(tab: Tab, more: { readonly schema?: string } = {}): void {
    // Often the former connection is not over, for the gate or for both.
    if (tab.wire !== undefined && this.network.random() < 0.4) tab.wire.cut(this.network.random() < 0.3);
    tab.dial(this.network, `gate-${1 + this.network.below(this.gates.length)}:1`, more);
  }

  /** Notes a broken promise. */
  wrong(what: string): void {
    this.oracle.problems.push(what);
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.clock.advance(ms);
  }
}

export function setOf<K>(map: Map<K, Set<string>>, key: K): Set<string> {
  const known = map.get(key) ?? new Set<string>();
  map.set(key, known);
  return known;
}
