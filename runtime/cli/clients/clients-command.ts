import { fail } from "../../../schema/errors.ts";
import { askControl, askMinRelease } from "../../process/control/control-client.ts";
import { isRelease } from "../../process/control/control-exchange.ts";
import { controlPlace } from "../../process/control/control-place.ts";
import { findTopology } from "../../process/topology/load-topology.ts";
import type { AskOptions } from "../status-command.ts";
import { gateReleases, releasesText } from "./gate-releases.ts";

/** Options of `photinus clients`. */
export interface ClientsOptions extends AskOptions {
  /** Least release of clients that may enter from now on. */
  readonly minRelease?: number;
  readonly json?: boolean;
}

/** Sets the least release of clients, if one is given, and prints the releases that each gate serves, for `photinus clients`. */
export async function clients(options: ClientsOptions): Promise<void> {
  const place = controlPlace(findTopology(options.config, process.cwd()), options.only);
  if (options.minRelease !== undefined) await askMinRelease(place, options.minRelease);
  const { status } = await askControl(place, "status");
  const gates = gateReleases(status?.processes ?? []);
  const text = options.json === true ? JSON.stringify({ gates }, undefined, 2) : releasesText(gates);
  process.stdout.write(`${text}\n`);
}

/** Reads the number of a release from the command line. Throws INVALID_ARGUMENT for anything else. */
export function releaseOf(text: string): number {
  const release = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (isRelease(release)) return release;
  throw fail(
    "INVALID_ARGUMENT",
    `--min-release: found "${text}"; expected the number of a release, or 0 for no minimum`,
  );
}
