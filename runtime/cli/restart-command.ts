import { fail, isPhotinusError } from "../../schema/errors.ts";
import { askRestart, isAnswered } from "../process/control/control-client.ts";
import { controlPlace } from "../process/control/control-place.ts";
import type { Restarted } from "../process/supervisor/status-report.ts";
import { findTopology } from "../process/topology/load-topology.ts";

/** Options of `photinus restart`. */
export interface RestartOptions {
  readonly config?: string;
  readonly rolling?: boolean;
  readonly json?: boolean;
}

/** Replaces the process of a gate or node, or of all nodes one after another, for `photinus restart`. */
export async function restart(name: string | undefined, options: RestartOptions): Promise<void> {
  if ((name === undefined) !== (options.rolling === true)) {
    const found = name === undefined ? "no name" : `the name "${name}" and --rolling`;
    throw fail(
      "INVALID_ARGUMENT",
      `found ${found}; expected either photinus restart NAME or photinus restart --rolling`,
    );
  }
  const config = findTopology(options.config, process.cwd());
  const restarted: Restarted[] = [];
  try {
    await askRestart(controlPlace(config), { name }, (one) => {
      restarted.push(one);
      if (options.json !== true) {
        process.stdout.write(`${one.name} restarted in ${one.tookMs} ms (pid ${one.pid ?? "-"})\n`);
      }
    });
  } catch (error) {
    if (name !== undefined && isPhotinusError(error) && error.code === "UNAVAILABLE") {
      await refuseAlone(config, name);
    }
    throw error;
  } finally {
    // Also after a failure, for the processes that are done.
    if (options.json === true) process.stdout.write(`${JSON.stringify({ restarted }, undefined, 2)}\n`);
  }
}

/** Throws FAILED_PRECONDITION when the gate or node was started alone. */
async function refuseAlone(config: string, name: string): Promise<void> {
  if (!(await isAnswered(controlPlace(config, name).socket))) return;
  throw fail(
    "FAILED_PRECONDITION",
    `a process of photinus start --only ${name} has no supervisor that could replace it; stop it, then start it again`,
  );
}
