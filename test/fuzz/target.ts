/**
 * A gate and a node in one process of their own, which the fuzz talks to. Tells its parent the ports, and answers each message with
 * its memory and its faults: errors that the gate or the node has logged and that are not refusals.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Gate, isPhotinusError, LinkKeys } from "photinus";
import type { Logger } from "../../runtime/log/logger.ts";
import { newGateKey } from "../../runtime/transport/cipher/gate-keys.ts";
import { protocol } from "../bench/game/fixtures/server/index.ts";
import { openNode } from "../bench/game/open-node.ts";
import { serveParent, tellParent } from "../bench/harness/children.ts";
import type { Addresses } from "./grammar.ts";
import { fuzzKey } from "./ports/proven-link.ts";

/** Answer of the target. */
export interface Figures {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly connections: number;
  readonly sessions: number;
  readonly faultCount: number;
  /** First faults, as texts. */
  readonly faults: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const shownFaults = 20;
const faults: string[] = [];
let faultCount = 0;

function note(error: unknown, message: string): void {
  faultCount++;
  if (faults.length < shownFaults)
    faults.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`);
}

const log: Logger = {
  debug() {},
  info() {},
  warn() {},
  error(details, message) {
    const { err } = details as { err?: unknown };
    if (err !== undefined && !isPhotinusError(err)) note(err, message);
  },
  child: () => log,
};
process.on("uncaughtException", (error) => note(error, "uncaught"));
process.on("unhandledRejection", (error) => note(error, "unhandled rejection"));

// Short times, so that what waits for them does not hide a leak; no budgets, so that every case is read at once.
const limits = {
  connectionsPerAddress: 20_000,
  connectRate: false,
  bytesPerSecond: false,
  framesPerSecond: false,
  addressBytesPerSecond: false,
  addressFramesPerSecond: false,
  handshakeMs: 1_000,
  halfCloseMs: 500,
  rejoinMs: 200,
  resumeMs: 500,
  gateLostMs: 500,
  nodeWaitMs: 200,
  classicIdleMs: 5_000,
} as const;
const { lines, publicKey: gateKey } = newGateKey();
process.env["FUZZ_GATE_KEY"] = lines.split("\n").at(-2)!;
const handshakeRate = { count: 1_000_000, perMs: 1_000 };
const gate = await Gate.open({
  name: "gate",
  listen: { cipher: { keyEnv: "FUZZ_GATE_KEY", required: false, handshakeRate } },
  protocol,
  compression: { aboveBytes: 64 },
  heartbeatMs: 1_000,
  limits,
  link: { heartbeatMs: 1_000 },
  log,
});
const links = gate.linkAddress!.port;
await openNode(links, { log });

const linkTrust = { keys: LinkKeys.of(fuzzKey) };
const proven = await Gate.open({
  name: "proven",
  protocol,
  limits,
  link: { heartbeatMs: 1_000 },
  log,
  linkTrust,
});
proven.services.set("fuzz-m", () => note("called", "a peer without the key calls a gate with keys"));

serveParent(async (): Promise<Figures> => {
  collectGarbage();
  const peers = proven.status().nodes.map(({ name }) => name);
  if (peers.length > 0) note(peers.join(), "peers without the key have registered at a gate with keys");
  const { connections, sessions } = gate.status();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,

    heapBytes: heapUsed,
    connections,
    sessions,
    faultCount,
    faults,
    counters: Object.fromEntries(gate.counters.entries()),
  };
});
const provenLinks = proven.linkAddress!.port;
tellParent({ client: gate.clientAddress!.port, links, provenLinks, gateKey } satisfies Addresses);
