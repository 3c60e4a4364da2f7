import type { Protocol } from "../../door/protocol.ts";
import type { GatePorts, ResolvedGate } from "../topology/resolved.ts";
import type { Host, Hosted } from "./hosted.ts";

/** Opens a gate of a topology; on the ports that it had before, when it had some. */
export async function openGate(
  gate: ResolvedGate,
  _protocol: Protocol,
  _host: Host,
  ports: GatePorts | undefined,
): Promise<Hosted & { readonly ports: GatePorts }> {
  return {
    name: gate.name,
    ports: ports ?? { client: gate.listen, links: gate.links },
    moveGates() {},
    figures: () => ({}),
    async close() {},
  };
}
