import { basename } from "node:path";
import { isWildcard } from "../options/address-rules.ts";
import type { OpenGate } from "../process/supervisor/supervisor.ts";
import type { ResolvedTopology } from "../process/topology/resolved-topology.ts";

/** Returns the addresses of an open gate, as a client or a browser writes them. */
export function addressesOf({ gate, ports }: OpenGate): { page?: string; webSocket: string; tcp: string } {
  const host = isWildcard(ports.client.host) ? "localhost" : ports.client.host;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${ports.client.port}`;
  return {
    ...(gate.http === undefined ? {} : { page: `http://${authority}/` }),
    webSocket: `ws://${authority}`,
    tcp: `tcp://${authority}`,
  };
}

/** Formats the text for a person once everything is ready: addresses, nodes, and how to stop. */
export function banner(
  topology: ResolvedTopology,
  gates: readonly OpenGate[],
  nodes: readonly string[],
): string {
  const lines = [`Photinus is running ${basename(topology.source)}.`, ""];
  for (const open of gates) {
    const { page, webSocket, tcp } = addressesOf(open);
    if (page !== undefined) lines.push(`  play     ${page}`);
    lines.push(`  clients  ${webSocket}   ${tcp}   (${open.gate.name})`);
  }
  if (nodes.length > 0) lines.push(`  nodes    ${nodes.join(", ")}`);
  lines.push("", "Ctrl-C stops it.", "");
  return `${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`;
}
