import { fail } from "../../schema/errors.ts";
import { systemClock } from "../clock/clock.ts";
import type { Logger } from "../log/logger.ts";
import { controlPlace } from "../process/control/control-place.ts";
import { ControlServer } from "../process/control/control-server.ts";
import { HealthAddress } from "../process/health/health-address.ts";
import { LogOutput } from "../process/logs/log-output.ts";
import { findTopology, loadTopology } from "../process/topology/load-topology.ts";
import type { ResolvedTopology } from "../process/topology/resolved-topology.ts";
import type { LogLevel } from "../process/topology/topology.ts";
import { addressesOf, banner } from "./banner.ts";
import { RunHere, type Running, type RunOptions, runSupervised } from "./running.ts";
import { onStopSignals } from "./signals.ts";

/** Options of `photinus start`. */
export interface StartOptions {
  readonly config?: string;
  readonly only?: string;
  readonly inProcess?: boolean;
  readonly logLevel?: LogLevel;
  readonly logForm?: "human" | "json";
}

/** Runs a topology until it is stopped, for `photinus start`. Resolves once all gates and nodes are gone. */
export async function start(options: StartOptions): Promise<void> {
  const config = findTopology(options.config, process.cwd());
  const topology = await loadTopology(config);
  const level = options.logLevel ?? topology.log.level;
  const logOutput = openLogOutput(options, topology);
  const log = logOutput.logger("photinus", level);
  for (const warning of topology.warnings) log.warn({}, warning);
  const run = { config, topology, level, logOutput };
  const alone = options.inProcess === true || options.only !== undefined;
  const running = alone ? new RunHere(run, options.only) : runSupervised(run);
  try {
    await attend(running, run, options.only, log);
  } finally {
    logOutput.close();
  }
}

/** Opens the control socket, handles signals, and waits for the end. */
async function attend(
  running: Running,
  { config, topology, logOutput }: RunOptions,
  only: string | undefined,
  log: Logger,
): Promise<void> {
  const control = await ControlServer.open(controlPlace(config, only), running, log);
  const health = await openHealth(topology, running, log).catch(async (error: unknown) => {
    await control.close();
    throw error;
  });
  const ignoreSignals = onStopSignals(systemClock, {
    stop: (signal) => {
      log.info({ signal }, "stopping");
      void running.stop();
    },
    kill: (signal) => {
      log.warn({ signal }, "stop interrupted; killing remaining processes");
      running.kill();
    },
  });
  void running.ready.then((gates) => {
    const nodes = only === undefined ? topology.nodes.map((node) => node.name) : [only];
    const addresses = Object.fromEntries(gates.map((open) => [open.gate.name, addressesOf(open)]));
    const record = { level: 30, time: Date.now(), name: "photinus", msg: "ready", gates: addresses, nodes };
    logOutput.announce(banner(topology, gates, nodes), record);
  });
  try {
    // A start that never finishes, such as in a hanging module, must not outlive the signal to stop.
    await Promise.race([running.start(), running.ended]);
    const { unable } = await running.ended;
    if (unable !== undefined)
      throw fail("FAILED_PRECONDITION", `${unable.process} cannot start: ${unable.reason}`);
    log.info({}, "stopped");
  } finally {
    ignoreSignals();
    await control.close();
    await health?.close();
  }
}

/** Opens the health address before anything starts, so that a probe of a starting game is answered with 503. */
async function openHealth(
  { health }: ResolvedTopology,
  running: Running,
  log: Logger,
): Promise<HealthAddress | undefined> {
  return health === undefined ? undefined : HealthAddress.open(health, running, log);
}

function openLogOutput(options: StartOptions, topology: ResolvedTopology): LogOutput {
  const terminal = process.stdout.isTTY === true;
  // A closed pipe behind the standard output must not end the game.
  process.stdout.on("error", () => {});
  return new LogOutput({
    form: options.logForm ?? (terminal ? "human" : "json"),
    colours: terminal && process.env["NO_COLOR"] === undefined,
    file: topology.log.file,
    print: (text) => void process.stdout.write(text),
  });
}
