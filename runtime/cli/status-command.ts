import { askControl } from "../process/control/control-client.ts";
import { controlPlace } from "../process/control/control-place.ts";
import { findTopology } from "../process/topology/load-topology.ts";
import { statusText } from "./status-text.ts";

/** Options of `photinus status` and `photinus stop`. */
export interface AskOptions {
  readonly config?: string;
  readonly only?: string;
}

/** Prints the status of a running topology as text or JSON, for `photinus status`. */
export async function status(options: AskOptions & { readonly json?: boolean }): Promise<void> {
  const config = findTopology(options.config, process.cwd());
  const { status: report } = await askControl(controlPlace(config, options.only), "status");
  if (report === undefined) return;
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : statusText(report),
  );
}
