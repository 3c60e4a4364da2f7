import { isPhotinusError } from "../../schema/errors.ts";
import { SystemClock } from "../clock/clock.ts";
import { pause } from "../clock/pause.ts";
import { askControl } from "../process/control/control-client.ts";
import { type ControlPlace, controlPlace } from "../process/control/control-place.ts";
import { findTopology } from "../process/topology/load-topology.ts";
import type { AskOptions } from "./status-command.ts";

/** Interval between checks whether a stopping topology is gone, in ms. */
const pollMs = 50;

/** Asks a running topology to stop, and waits until it is gone, for `photinus stop`. */
export async function stop(options: AskOptions): Promise<void> {
  const config = findTopology(options.config, process.cwd());
  const place = controlPlace(config, options.only);
  const { status } = await askControl(place, "status");
  await askControl(place, "stop");
  // Nothing else keeps this process running between two checks.
  const clock = new SystemClock({ keepAlive: true });
  while (await isThere(place, status?.pid)) await pause(clock, pollMs);
  process.stdout.write("stopped\n");
}

async function isThere(place: ControlPlace, pid: number | undefined): Promise<boolean> {
  try {
    const { status } = await askControl(place, "status");
    return status?.pid === pid;
  } catch (error) {
    if (isPhotinusError(error) && error.code === "UNAVAILABLE") return false;
    throw error;
  }
}
