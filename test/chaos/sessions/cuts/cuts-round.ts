import { setTimeout as sleep } from "node:timers/promises";
import { Gate } from "../../../../runtime/gate/gate.ts";
import { generator } from "../../../setup/generator.ts";
import { check, type Findings } from "../checker.ts";
import { leftovers } from "../hostile-network.ts";
import { NodeLedger } from "../logs.ts";
import type { Place } from "../places.ts";
import { Player } from "../player.ts";
import { HostileProxy } from "../proxy.ts";
import { ChaosNode } from "../sides/chaos-node.ts";
import { protocol } from "../sides/chaos-protocol.ts";
import { roundLimits } from "../sides/round-limits.ts";
import { drawAimedFaults } from "./aimed-faults.ts";

const heartbeatMs = 100;
/** Requests that may be made before the first cut, as a part of all. */
const ahead = 4;
/** A round that takes longer has come to a stop, in ms. */
const longestMs = 180_000;

export interface CutsOptions {
  readonly seed: number;
  /** Least cuts, requests and reliable pushes. */
  readonly cuts: number;
  readonly requests: number;
  readonly pushes: number;
}

export interface CutsResult extends Findings {
  readonly seed: number;
  readonly transports: string;
  readonly cuts: number;
  /** Cuts that one side, or neither, was told of. */
  readonly halfOpen: number;
  /** Cuts by what they fell into. */
  readonly fell: Readonly<Record<Place, number>>;
  readonly resumes: number;
}

const transportsOf = [["tcp"], ["ws"], ["tcp", "ws"], ["ws", "tcp"]] as const;

/**
 * One session under load, whose socket is cut again and again, until so many cuts, requests and reliable pushes are reached. The
 * requests are spread over the cuts. The seed decides transports, client (each fifth seed: the plain client) and cuts.
 */
export async function cutsRound({ seed, cuts, requests, pushes }: CutsOptions): Promise<CutsResult> {
  const gate = await Gate.open({ name: "gate", protocol, heartbeatMs, limits: roundLimits });
  const ledger = new NodeLedger();
  const node = await ChaosNode.open(
    { name: "chaos-1", gates: [gate.linkAddress!], heartbeatMs: 5_000, pushEveryMs: 3, longestMs: 1 },
    (line) => ledger.take(line),
  );
  const faults = generator(seed * 1_000);
  let connections = 0;
  const proxy = await HostileProxy.open(gate.clientAddress!, () =>
    drawAimedFaults(faults, connections++ === 0),
  );
  const transports = transportsOf[seed % transportsOf.length]!;
  let player: Player | undefined;
  try {
    player = await Player.join({
      player: seed,
      port: proxy.port,
      random: generator(seed * 1_000 + 500),
      isPlain: seed % 5 === 0,
      transports,
      load: {
        laneCount: 64,
        longestPauseMs: 2,
        impatience: 0,
        shares: [0.05, 0.1, 0.85],
        mayAsk: (count) => count < Math.min(requests, ((proxy.cuts + ahead) * requests) / cuts),
      },
    });
    const { log } = player;
    const until = performance.now() + longestMs;
    const isReached = (): boolean =>
      proxy.cuts >= cuts && log.requests.length >= requests && log.pushes.length >= pushes;
    while (!isReached() && performance.now() < until) await sleep(20);
    const reached = isReached();
    proxy.calm();
    await player.finish();
    const liveStreams = node.quiet();
    await arrived(log.pushes, liveStreams);
    const findings = check([log], ledger, { isServerStruck: false, mustSurvive: true, liveStreams });
    const { problems } = findings;
    if (!reached)
      problems.push(`the load came to a stop: ${proxy.cuts} cuts, ${log.requests.length} requests`);
    if (findings.answered !== findings.requests)
      problems.push(`${findings.answered} of ${findings.requests} requests were answered`);
    if (player.strays > 0) {
      findings.twice += player.strays;
      problems.push(`${player.strays} answers or pushes reached the client a second time`);
    }
    await player.leave(true);
    problems.push(...(await leftovers(() => Promise.resolve(gate.status()))));
    const told = (proxy.struck.get("cut") ?? 0) + (proxy.struck.get("reset") ?? 0);
    const of = (place: Place): number => proxy.fell.get(place) ?? 0;
    return {
      seed,
      transports: transports.join(" and "),
      cuts: proxy.cuts,
      halfOpen: proxy.cuts - told,
      fell: { hello: of("hello"), welcome: of("welcome"), replay: of("replay"), load: of("load") },
      resumes: log.resumes,
      ...findings,
    };
  } finally {
    await player?.leave(false);
    await proxy.close();
    await node.close();
    await gate.close({ graceMs: 0 });
  }
}

/** Resolves when the last pushes have arrived, or do not come. */
async function arrived(
  pushes: readonly { readonly stream: string; readonly number: number }[],
  streams: readonly (readonly [string, number])[],
): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const last = new Map(pushes.map(({ stream, number }) => [stream, number]));
    if (streams.every(([stream, count]) => (last.get(stream) ?? count) >= count)) return;
    await sleep(50);
  }
}
