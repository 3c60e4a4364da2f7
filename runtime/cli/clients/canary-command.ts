import { fail } from "../../../schema/errors.ts";
import { askCanary, askControl } from "../../process/control/control-client.ts";
import { controlPlace } from "../../process/control/control-place.ts";
import type { CanaryStatus } from "../../process/supervisor/canary-settings.ts";
import type { ProcessStatus } from "../../process/supervisor/status-report.ts";
import { findTopology } from "../../process/topology/load-topology.ts";
import type { AskOptions } from "../status-command.ts";
import { table } from "../status-text.ts";

/** Options of `photinus canary`. */
export interface CanaryCommandOptions extends AskOptions {
  /** Percentage of keys, users and sessions that the canary nodes take from now on. */
  readonly percent?: number;
  /** Ids of users that they take besides from now on. */
  readonly users?: readonly string[];
  readonly json?: boolean;
}

/** Canary node, as `photinus canary --json` prints it. */
export interface CanaryNode extends CanaryStatus {
  readonly name: string;
  readonly role: string;
}

/** Changes what canary nodes take, if a change is given, and prints what all of them take, for `photinus canary`. */
export async function canary(name: string | undefined, options: CanaryCommandOptions): Promise<void> {
  const { percent, users } = options;
  const isChange = percent !== undefined || users !== undefined;
  if (isChange !== (name !== undefined)) {
    const found = isChange ? "a change without a name" : `the name "${name}" without a change`;
    throw fail(
      "INVALID_ARGUMENT",
      `found ${found}; expected photinus canary NAME with --percent or --users, or photinus canary alone`,
    );
  }
  const place = controlPlace(findTopology(options.config, process.cwd()), options.only);
  if (name !== undefined) {
    await askCanary(place, {
      name,
      ...(percent !== undefined && { percent }),
      ...(users !== undefined && { users }),
    });
  }
  const { status } = await askControl(place, "status");
  const nodes = canaryNodes(status?.processes ?? []);
  const text = options.json === true ? JSON.stringify({ nodes }, undefined, 2) : canaryText(nodes);
  process.stdout.write(`${text}\n`);
}

/** Reads a percentage from the command line. Throws INVALID_ARGUMENT for anything else. */
export function percentOf(text: string): number {
  if (/^\d{1,3}(\.\d{1,2})?$/.test(text) && Number(text) <= 100) return Number(text);
  throw fail(
    "INVALID_ARGUMENT",
    `--percent: found "${text}"; expected a percentage from 0 to 100, in steps of 0.01`,
  );
}

/** Reads a list of user ids from the command line; an empty text is an empty list. */
export function usersOf(text: string): string[] {
  return text === "" ? [] : text.split(",").map((one) => one.trim());
}

function canaryNodes(processes: readonly ProcessStatus[]): CanaryNode[] {
  return processes.flatMap(({ name, role = "", node }) => {
    const taken = node?.["canary"] as CanaryStatus | undefined;
    return taken === undefined ? [] : [{ name, role, ...taken }];
  });
}

function canaryText(nodes: readonly CanaryNode[]): string {
  if (nodes.length === 0) return "no canary node runs here; nodes[].canary of the topology makes one";
  const rows = nodes.map(({ name, role, percent, wantedPercent, users, settled }) => [
    name,
    role,
    `${percent} %`,
    settled ? "-" : `${wantedPercent} %`,
    String(users.length),
  ]);
  return table(["name", "role", "takes", "changes to", "users"], rows).join("\n");
}
