import { setTimeout as sleep } from "node:timers/promises";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { GateLimits } from "../../../runtime/gate/gate-options.ts";
import { check, type Findings } from "./checker.ts";
import { HostileNetwork, leftovers } from "./hostile-network.ts";
import { NodeLedger } from "./logs.ts";
import { ChaosNode } from "./sides/chaos-node.ts";
import { protocol } from "./sides/chaos-protocol.ts";
import { roundLimits } from "./sides/round-limits.ts";

export interface RoundOptions {
  readonly seed: number;
  /** How long the network is hostile, in ms. */
  readonly ms: number;
  readonly players: number;
  /** Which players use the plain client; default: every fourth. */
  readonly isPlain?: (player: number) => boolean;
}

export interface RoundResult extends Findings {
  readonly seed: number;
  readonly kind: string;
  /** Strikes of the network. */
  readonly cuts: number;
  /** Openings that arrived twice. */
  readonly duplicates: number;
  /** Resumes that have succeeded, and refused ones. */
  readonly resumes: number;
  readonly refused: number;
}

/** Kinds of rounds; of three, sessions end before their clients are back. */
const kinds: readonly { readonly kind: string; readonly limits: GateLimits }[] = [
  { kind: "sessions survive", limits: {} },
  { kind: "sessions expire", limits: { resumeMs: 60 } },
  { kind: "sessions survive", limits: {} },
  { kind: "buffers overrun", limits: { resumeSessionBytes: 1_200, resumeMs: 2_000 } },
];
const heartbeatMs = 250;

/** Plays one round in this process: a gate and a node, with a hostile network between the gate and its clients. */
export async function networkRound({
  seed,
  ms,
  players: count,
  isPlain,
}: RoundOptions): Promise<RoundResult> {
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
  const network = await HostileNetwork.open(gate.clientAddress!, seed, count, isPlain);
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
