import { fail, isPhotinusError } from "../../../schema/errors.ts";
import type { NodeModule } from "../../node/define.ts";
import { GameNode } from "../../node/node.ts";
import type { GateAddress, ResolvedNode } from "../topology/resolved.ts";
import type { Host, Hosted } from "./hosted.ts";
import { importDefault } from "./modules.ts";
import { reasonOf } from "./reason.ts";

export interface HostedNode extends Hosted {
  readonly node: GameNode;
}

/** How long a node that starts waits for the gates to take it in; after that it runs, and goes on trying. */
const linkedMs = 5000;

/** Opens a node of a topology. Resolves when the gates have taken it in, or when it is clear that they will not soon. */
export async function openNode(
  unit: ResolvedNode,
  gates: readonly GateAddress[],
  host: Host,
): Promise<HostedNode> {
  const { name, role, limits } = unit;
  const module = await moduleOf(unit);
  const { clock, log, schema, tables } = host;
  const node = await GameNode.open(module, { name, role, gates, limits, clock, log, schema, tables }).catch(
    (error: unknown) => {
      if (isPhotinusError(error)) throw error;
      const { message } = error instanceof Error ? error : { message: String(error) };
      const at = error instanceof TypeError ? message : reasonOf(error);
      throw fail("FAILED_PRECONDITION", `the module of ${name} failed: ${at}`, { cause: error });
    },
  );
  await linkedInTime(node, host);
  return {
    name,
    node,
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
