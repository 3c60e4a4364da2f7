import { fileURLToPath } from "node:url";
import { fail, isPhotinusError, messageOf, type PhotinusError } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
import { serverRelease } from "../../gate/entrance/served-releases.ts";
import { checkServices, type NodeModule, resolveServices } from "../../node/define-node.ts";
import { GameNode } from "../../node/node.ts";
import { reasonOf, userPlaceOf } from "../diagnosis/error-reason.ts";
import type { GateAddress, ResolvedNode } from "../topology/resolved-topology.ts";
import type { Host, Hosted } from "./hosted.ts";
import { importDefault } from "./import-module.ts";
import { openLinkTrust } from "./open-link-trust.ts";

/** Node that runs in this process. */
export interface HostedNode extends Hosted {
  readonly node: GameNode;
}

/** How long a starting node waits until all gates are linked, in ms. After that the node runs, and continues to connect. */
const linkedMs = 5000;

/** Time after which an unfinished module is logged, in ms, so that a module that waits forever is found. */
const slowMs = 10_000;

/**
 * Opens a node of a topology. Resolves once all gates are linked, but after 5 s at the latest. Throws FAILED_PRECONDITION when
 * the module fails or lacks a service of the role; a Photinus error keeps its code.
 */
export async function openNode(
  resolved: ResolvedNode,
  gates: readonly GateAddress[],
  host: Host,
): Promise<HostedNode> {
  const { name, role, limits } = resolved;
  const { clock, log, protocol, tables } = host;
  const slow = clock.after(slowMs, () => {
    log.warn({ afterMs: slowMs }, "node not opened yet: its module or defineNode function has not finished");
  });
  const places = gates.map(({ host, port }) => ({ host, port }));
  const links = await openLinkTrust(resolved, host.links, host);
  const schema = protocol.fingerprint;
  const release = serverRelease(protocol);
  const linkTrust = { keys: links.keys, tls: links.tls };
  const canary = resolved.canary && { canary: resolved.canary };
  const options = {
    ...canary,
    name,
    role,
    gates: places,
    limits,
    clock,
    log,
    schema,
    release,
    tables,
    linkTrust,
  };
  const node = await moduleOf(resolved)
    .then((module) => GameNode.open(whole(module, resolved, protocol), options))
    .catch((error: unknown) => {
      links.close();
      if (isPhotinusError(error)) throw error;
      const at = error instanceof TypeError ? error.message : reasonOf(error);
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
    setCanary: (settings) => node.setCanary(settings),
    figures: () => {
      const { gates: links, inFlight, canary: taken, counters } = node.status();
      return {
        gates: links,
        inFlight,
        ...(taken && { canary: taken }),
        counters: Object.fromEntries(counters),
      };
    },
    close: (options) => node.close(options).finally(() => links.close()),
  };
}

/**
 * Imports the module of a node without running its function. Throws FAILED_PRECONDITION when the import fails, and when the
 * default export is neither a function nor the services of the role.
 */
export async function importNode(resolved: ResolvedNode): Promise<void> {
  const module = await moduleOf(resolved);
  if (typeof module === "function") return;
  try {
    checkServices(module, resolved.name);
  } catch (error) {
    throw fail("FAILED_PRECONDITION", `the module of ${resolved.name} failed: ${messageOf(error)}`);
  }
}

/** Imports the module of a node. Its services were checked when they were made, and the node rejects any other export. */
async function moduleOf({ module }: ResolvedNode): Promise<NodeModule> {
  if (!(module instanceof URL)) return module;
  return (await importDefault(module, "defineNode((node) => [service.implement({ ... })])")) as NodeModule;
}

/**
 * Adds a check to a module: it must implement all services of its role. The gate sends a call of a role to any of the role's
 * nodes, so a missing service would otherwise fail with UNIMPLEMENTED, and only when a client calls it.
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
    // The node itself reports a service of another role, with a better error.
    if (missing.length === 0 || services.some((service) => service.role !== role)) return services;
    const list = missing.join(" and ");
    throw fail(
      "FAILED_PRECONDITION",
      `the module of ${name} does not implement ${list}, which every node of the role "${role}" must; ` +
        `add it to the result of defineNode (photinus stub ${missing[0]} FILE writes its handlers)`,
    );
  };
}

/** Wraps a Photinus error that the module caused, such as a failed table call, and adds the module's file or line. */
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
      log.warn({}, "not all gates linked yet; still connecting");
      resolve();
    });
    void node.linked().then(() => {
      timer.cancel();
      resolve();
    });
  });
}
