import { fileURLToPath } from "node:url";
import { fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
import { type NodeModule, resolveServices } from "../../node/define-node.ts";
import { GameNode } from "../../node/node.ts";
import { reasonOf, userPlaceOf } from "../diagnosis/error-reason.ts";
import type { GateAddress, ResolvedNode } from "../topology/resolved-topology.ts";
import type { Host, Hosted } from "./hosted.ts";
import { importDefault } from "./import-module.ts";

export interface HostedNode extends Hosted {
  readonly node: GameNode;
}

/** How long a node that starts waits for the gates to take it in; after that it runs, and goes on trying. */
const linkedMs = 5000;

/** A module that takes longer than this to be ready is told of, so that one that waits for ever is found. */
const slowMs = 10_000;

/** Opens a node of a topology. Resolves when the gates have taken it in, or when it is clear that they will not soon. */
export async function openNode(
  resolved: ResolvedNode,
  gates: readonly GateAddress[],
  host: Host,
): Promise<HostedNode> {
  const { name, role, limits } = resolved;
  const { clock, log, protocol, tables } = host;
  const slow = clock.after(slowMs, () => {
    log.warn({ afterMs: slowMs }, "the module or its defineNode function has not finished yet");
  });
  const places = gates.map(({ host, port }) => ({ host, port }));
  const options = { name, role, gates: places, limits, clock, log, schema: protocol.fingerprint, tables };
  const node = await moduleOf(resolved)
    .then((module) => GameNode.open(whole(module, resolved, protocol), options))
    .catch((error: unknown) => {
      if (isPhotinusError(error)) throw error;
      const { message } = error instanceof Error ? error : { message: String(error) };
      const at = error instanceof TypeError ? message : reasonOf(error);
      throw fail("FAILED_PRECONDITION", `the module of ${name} failed: ${at}`, { cause: error });
    })
    .finally(() => slow.cancel());
  await linkedInTime(node, host);
  return {
    name,
    node,
    counters: node.counters,
    ports: undefined,
    moveGates: (addresses) => node.setGates(addresses),
    figures: () => {
      const { gates: links, inFlight, counters } = node.status();
      return { gates: links, inFlight, counters: Object.fromEntries(counters) };
    },
    close: (options) => node.close(options),
  };
}

/** What was checked when the services were made is not checked again here: a wrong export is told by the node. */
async function moduleOf({ module }: ResolvedNode): Promise<NodeModule> {
  if (!(module instanceof URL)) return module;
  return (await importDefault(module, "defineNode((node) => [service.implement({ ... })])")) as NodeModule;
}

/**
 * The module, held to all services of its role: the gate sends every call of a role to any of its nodes, so one that had
 * forgotten a service would answer UNIMPLEMENTED, and only when somebody asks.
 */
function whole(module: NodeModule, resolved: ResolvedNode, protocol: Protocol): NodeModule {
  const { name, role } = resolved;
  return async (node) => {
    const services = await resolveServices(module, node).catch((error: unknown) => {
      throw isPhotinusError(error) ? moduleFailed(resolved, error) : error;
    });
    const here = new Set(services.map((service) => service.name));
    const calls = [...protocol.commands, ...protocol.methods].filter((call) => call.role === role);
    const wanted = new Set(calls.map((call) => call.name.slice(0, call.name.lastIndexOf("."))));
    const missing = [...wanted].filter((service) => !here.has(service));
    // A service of another role is told of as such, by the node.
    if (missing.length === 0 || services.some((service) => service.role !== role)) return services;
    const list = missing.join(" and ");
    throw fail(
      "FAILED_PRECONDITION",
      `the module of ${name} does not implement ${list}, which nodes of the role "${role}" are asked for; ` +
        `add it to what defineNode gives (photinus stub ${missing[0]} FILE writes its handlers)`,
    );
  };
}

/** An error of ours that the module's own function led to, as when it asks a table; with the file, so that nobody has to guess. */
function moduleFailed({ name, module }: ResolvedNode, error: PhotinusError): PhotinusError {
  const { code, retryAfterMs, outcome } = error;
  const file = module instanceof URL ? ` (in ${fileURLToPath(module)})` : "";
  const what = userPlaceOf(error) === undefined ? `${error.message}${file}` : reasonOf(error);
  return fail(code, `the module of ${name} failed: ${what}`, {
    cause: error,
    retryAfterMs,
    outcome,
  });
}

function linkedInTime(node: GameNode, { clock, log }: Host): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(linkedMs, () => {
      log.warn({}, "no link to every gate yet; it goes on trying");
      resolve();
    });
    void node.linked().then(() => {
      timer.cancel();
      resolve();
    });
  });
}
