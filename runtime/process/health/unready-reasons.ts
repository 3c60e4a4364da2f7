import { isRecord } from "../../options/option-rules.ts";
import type { ProcessStatus, StatusReport } from "../supervisor/status-report.ts";
import type { ProcessState } from "../supervisor/supervised-process.ts";

/** Words for the states of a process that does not serve. */
const words: Readonly<Record<Exclude<ProcessState, "ready">, string>> = {
  starting: "starting",
  waiting: "waiting for its restart",
  stopping: "draining",
  stopped: "stopped",
};

/**
 * Returns why a gate or node does not serve, for a person: "starting", "waiting for scene (1 of 2)". Returns undefined for a
 * gate that serves clients, and for a node that is linked to all its gates.
 */
export function unreadyReason(status: ProcessStatus): string | undefined {
  if (status.state !== "ready") return words[status.state];
  const figures = status.gate ?? status.node;
  if (figures === undefined) return "not answering";
  const missing = [...textsOf(figures["waitsFor"]), ...unlinkedGates(figures["gates"])];
  return missing.length === 0 ? undefined : `waiting for ${missing.join(", ")}`;
}

/**
 * Returns why sessions of a gate cannot move to the other gates: "waiting for the link to gate-2". Returns undefined for a gate that
 * is linked to all other gates, and for one that does not answer.
 */
export function unlinkedReason({ gate }: ProcessStatus): string | undefined {
  const peers: unknown = gate?.["gates"];
  const unlinked = (Array.isArray(peers) ? peers : []).filter(
    (peer) => isRecord(peer) && peer["linked"] === false,
  );
  const names = unlinked.map((peer) => String(peer["name"]));
  return names.length === 0 ? undefined : `waiting for the link to ${names.join(", ")}`;
}

/**
 * Returns a line for each gate and node that does not serve: "scene-1: draining". The list is empty when the topology is
 * ready. Of a topology that stops, no part is ready.
 */
export function unreadyLines({ processes }: StatusReport, isStopping: boolean): string[] {
  if (processes.length === 0) return [isStopping ? "draining" : "starting"];
  return processes.flatMap((status) => {
    const reason = unreadyReason(status) ?? (isStopping ? "draining" : undefined);
    return reason === undefined ? [] : [`${status.name}: ${reason}`];
  });
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}

/** Returns the gates of a node's figures that are not linked; such a gate has an address and no name. */
function unlinkedGates(gates: unknown): string[] {
  if (!Array.isArray(gates)) return [];
  return gates.flatMap((gate: unknown) =>
    isRecord(gate) && gate["name"] === "" ? [`the gate at ${String(gate["address"])}`] : [],
  );
}
