import { askControl } from "../../process/control/control-client.ts";
import { controlPlace } from "../../process/control/control-place.ts";
import { findTopology } from "../../process/topology/load-topology.ts";
import type { AskOptions } from "../status-command.ts";
import { deprecatedUsage, usageText } from "./deprecated-usage.ts";

/**
 * Prints which clients still call deprecated commands, from all running gates, for `photinus usage`. The exit code is 1 when a gate
 * did not answer: who reads the counts must not take them for whole.
 */
export async function usage(options: AskOptions & { readonly json?: boolean }): Promise<void> {
  const config = findTopology(options.config, process.cwd());
  const { status } = await askControl(controlPlace(config, options.only), "status");
  const counted = deprecatedUsage(status?.processes ?? []);
  process.stdout.write(options.json === true ? `${JSON.stringify(counted)}\n` : usageText(counted));
  if (counted.missing.length > 0 || counted.gates.length === 0) process.exitCode = 1;
}
