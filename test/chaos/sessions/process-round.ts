import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GateStatus } from "../../../runtime/gate/gate-status.ts";
import { freePort } from "../../setup/free-port.ts";
import { generator, shuffled } from "../../setup/generator.ts";
import { check } from "./checker.ts";
import { HostileNetwork, leftovers } from "./hostile-network.ts";
import { NodeLedger } from "./logs.ts";
import type { RoundOptions, RoundResult } from "./network-round.ts";
import { ServerProcess } from "./server-process.ts";

const heartbeatMs = 300;
/** Longer than two intervals: each peer of a frozen process finds it dead. */
const frozenMs = 3 * heartbeatMs + 300;
const nodeNames = ["chaos-1", "chaos-2"];

/** Where the processes of a round run. */
export interface Place {
  readonly gateHost: string;
  readonly linkHost: string;
  /** Command that runs the gate, and the nodes, elsewhere; empty: here. */
  readonly gateInside: readonly string[];
  readonly nodesInside: readonly string[];
  /** Faults besides those of processes. */
  readonly strikes: readonly ServerStrike[];
}

export interface ServerStrike {
  readonly name: string;
  run(): Promise<void>;
}

export interface ProcessRoundResult extends RoundResult {
  /** Names of the strikes of processes and links that were run, sorted. */
  readonly serverStrikes: readonly string[];
}

/** All processes on loopback. */
export const loopback: Place = {
  gateHost: "127.0.0.1",
  linkHost: "127.0.0.1",
  gateInside: [],
  nodesInside: [],
  strikes: [],
};

/**
 * Plays one round with the gate and two nodes in processes of their own. Each is killed, and frozen longer than its peers wait, in an
 * order of the seed's; the network between gate and clients is hostile as well.
 */
export async function processRound(
  { seed, ms, players, isPlain }: RoundOptions,
  kind: string,
  place: Place = loopback,
): Promise<ProcessRoundResult> {
  const folder = mkdtempSync(join(tmpdir(), "photinus-chaos-"));
  const [clientPort, linkPort] = [await freePort(), await freePort()];
  const { gateHost, linkHost, gateInside, nodesInside } = place;
  const logOf = (name: string) => join(folder, `${name}.log`);
  const gateArgs = [gateHost, clientPort, linkHost, linkPort, heartbeatMs];
  const gate = new ServerProcess("gate", "gate-process.ts", gateArgs, gateInside);
  const nodes = nodeNames.map((name) => {
    const args = [name, linkHost, linkPort, heartbeatMs, logOf(name)];
    return new ServerProcess(name, "node-process.ts", args, nodesInside);
  });
  let network: HostileNetwork | undefined;
  try {
    await gate.start();
    await Promise.all(nodes.map((node) => node.start()));
    network = await HostileNetwork.open({ host: gateHost, port: clientPort }, seed, players, isPlain);
    const all = [...[gate, ...nodes].flatMap(strikesOf), ...place.strikes];
    const struck = shuffled(all, generator(seed));
    for (const strike of struck) {
      await sleep(ms / (struck.length + 1));
      await strike.run();
    }
    await sleep(ms / (struck.length + 1));
    network.calm();
    await network.finish();
    const streams = await Promise.all(nodes.map((node) => node.ask<{ streams: [string, number][] }>()));
    const liveStreams = streams.flatMap((of) => of.streams);
    await network.settled(liveStreams);
    const ledger = new NodeLedger();
    for (const name of nodeNames) {
      if (existsSync(logOf(name))) ledger.takeAll(readFileSync(logOf(name), "utf8"));
    }
    const findings = check(network.logs, ledger, { isServerStruck: true, mustSurvive: false, liveStreams });
    await network.leave("politely");
    findings.problems.push(...(await leftovers(() => gate.ask<GateStatus>())));
    const serverStrikes = struck.map(({ name }) => name).sort();
    return { seed, kind, ...network.counts(struck.length), serverStrikes, ...findings };
  } finally {
    await network?.close();
    await Promise.all([gate, ...nodes].map((server) => server.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function strikesOf(server: ServerProcess): ServerStrike[] {
  return [
    { name: `${server.name} killed`, run: () => server.restart() },
    { name: `${server.name} frozen`, run: () => server.freeze(frozenMs) },
  ];
}
