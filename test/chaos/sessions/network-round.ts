import { setTimeout as sleep } from "node:timers/promises";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import { generator } from "../../setup/generator.ts";
import { check, type Findings } from "./checker.ts";
import { drawFaults } from "./faults.ts";
import { NodeLedger } from "./logs.ts";
import { Player } from "./player.ts";
import { HostileProxy } from "./proxy.ts";
import { ChaosNode } from "./sides/chaos-node.ts";
import { protocol } from "./sides/chaos-protocol.ts";

export interface RoundOptions {
  readonly seed: number;
  /** How long the network is hostile, in ms. */
  readonly ms: number;
  readonly players: number;
}

export interface RoundResult extends Findings {
  readonly seed: number;
  readonly kind: string;
  /** Strikes of the network. */
  readonly cuts: number;
  /** Resumes that have succeeded, and refused ones. */
  readonly resumes: number;
  readonly refused: number;
}

/** Limits that every round has, and those of rounds in which sessions end before their client is back. */
export const roundLimits: GateLimits = { guestRate: false, handshakeMs: 2_000, resumeMs: 60_000 };
const kinds: readonly { readonly kind: string; readonly limits: GateLimits }[] = [
  { kind: "sessions survive", limits: {} },
  { kind: "sessions expire", limits: { resumeMs: 60 } },
  { kind: "sessions survive", limits: {} },
  { kind: "buffers overrun", limits: { resumeSessionBytes: 1_200 } },
];
const heartbeatMs = 250;
/** How long the gate may keep anything of clients that are gone, in ms: the windows of the round, and time to notice. */
const leftoversMs = 20_000;

/** Plays one round in this process: a gate and a node, with a hostile network between the gate and its clients. */
export async function networkRound({ seed, ms, players: count }: RoundOptions): Promise<RoundResult> {
  const { kind, limits } = kinds[seed % kinds.length]!;
  const mustSurvive = kind === "sessions survive";
  const gate = await Gate.open({
    name: "gate",
    protocol,
    heartbeatMs,
    limits: { ...roundLimits, ...limits },
  });
  const ledger = new NodeLedger();
  const gates = [gate.linkAddress!];
  const node = await ChaosNode.open({ name: "chaos-1", gates, heartbeatMs: 5_000 }, (line) =>
    ledger.take(line),
  );
  const network = await HostileNetwork.open(gate.clientAddress!, seed, count);
  try {
    await sleep(ms);
    network.calm();
    await network.finish();
    const liveStreams = node.quiet();
    await network.settled(liveStreams);
    const findings = check(network.logs, ledger, { isServerStruck: false, mustSurvive, liveStreams });
    await network.leave(mustSurvive ? "politely" : "both");
    findings.problems.push(...(await leftovers(() => Promise.resolve(gate.status()))));
    return { seed, kind, ...network.counts(), ...findings };
  } finally {
    await network.close();
    await node.close();
    await gate.close({ graceMs: 0 });
  }
}

/** Clients of a round, each behind a proxy of its own. */
export class HostileNetwork {
  readonly #players: readonly Player[];
  readonly #proxies: readonly HostileProxy[];

  private constructor(players: readonly Player[], proxies: readonly HostileProxy[]) {
    this.#players = players;
    this.#proxies = proxies;
  }

  /** Opens the proxies and connects the players. Faults begin at once. */
  static async open(
    target: { readonly host: string; readonly port: number },
    seed: number,
    count: number,
  ): Promise<HostileNetwork> {
    const proxies: HostileProxy[] = [];
    const joining: Promise<Player>[] = [];
    for (let player = 1; player <= count; player++) {
      const faults = generator(seed * 1_000 + player);
      const proxy = await HostileProxy.open(target, () => drawFaults(faults));
      proxies.push(proxy);
      joining.push(Player.join({ player, port: proxy.port, random: generator(seed * 1_000 + 500 + player) }));
    }
    return new HostileNetwork(await Promise.all(joining), proxies);
  }

  get logs() {
    return this.#players.map(({ log }) => log);
  }

  calm(): void {
    for (const proxy of this.#proxies) proxy.calm();
  }

  /** Ends the load of all players; see {@link Player.finish}. */
  async finish(): Promise<void> {
    await Promise.all(this.#players.map((player) => player.finish()));
  }

  /** Resolves when the last pushes of these streams have arrived, or do not come. */
  async settled(streams: readonly (readonly [string, number])[]): Promise<void> {
    const wanted = new Map(streams);
    for (let tries = 0; tries < 200; tries++) {
      const waits = this.logs.some(({ pushes }) => {
        const last = pushes.at(-1);
        return last !== undefined && (wanted.get(last.stream) ?? 0) > last.number;
      });
      if (!waits) return;
      await sleep(25);
    }
  }

  /** The players leave: all politely, or every second one without a word. */
  async leave(how: "politely" | "both"): Promise<void> {
    await Promise.all(this.#players.map((player, at) => player.leave(how === "politely" || at % 2 === 0)));
  }

  counts(): { cuts: number; resumes: number; refused: number } {
    return {
      cuts: this.#proxies.reduce((sum, { cuts }) => sum + cuts, 0),
      resumes: this.logs.reduce((sum, { resumes }) => sum + resumes, 0),
      refused: this.logs.reduce((sum, { refusedEvents }) => sum + refusedEvents, 0),
    };
  }

  async close(): Promise<void> {
    await this.leave("both");
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

/** Waits until a gate has nothing left of its clients. Returns what is left after that time. */
export async function leftovers(
  status: () => Promise<{
    sessions: number;
    suspended: number;
    users: number;
    groups: number;
    inFlight: number;
  }>,
): Promise<string[]> {
  const until = performance.now() + leftoversMs;
  for (;;) {
    const { sessions, suspended, users, groups, inFlight } = await status();
    const left = { sessions, suspended, users, groups, inFlight };
    if (Object.values(left).every((number) => number === 0)) return [];
    if (performance.now() > until) return [`the gate keeps ${JSON.stringify(left)} without clients`];
    await sleep(50);
  }
}
