import type { LoadRequest } from "./load.ts";

export const raw = "raw re-framing proxy";
const colyseus = "colyseus 0.18 room echo, one hop";

/** Requests kept in flight, and the baseline. */
export interface Load extends Pick<LoadRequest, "over" | "command" | "connections" | "inFlight"> {
  readonly against: typeof raw | typeof colyseus;
  readonly unit: "calls/s" | "us";
}

const tcp = {
  over: "tcp",
  command: "echo",
  connections: 1,
  inFlight: 1,
  against: raw,
  unit: "calls/s",
} as const;

const loads: Readonly<Record<string, Load>> = {
  p256: { ...tcp, inFlight: 256 },
  p64: { ...tcp, inFlight: 64 },
  c64: { ...tcp, connections: 64 },
  seq: { ...tcp, unit: "us" },
  /** Typed, and in order on the session's lane. */
  step: { ...tcp, command: "step", inFlight: 256 },
  /** Each side is played by the client library that comes with its server. */
  websocket: { ...tcp, over: "websocket", inFlight: 64, against: colyseus },
};
const mostConnections = 1_024;

export const loadNames: readonly string[] = Object.keys(loads);

/** The load of a name; `cN` has N connections with one request each. Undefined when there is none. */
export function loadOf(name: string): Load | undefined {
  const connections = Number(/^c([1-9]\d*)$/.exec(name)?.[1]);
  if (connections <= mostConnections) return { ...tcp, connections };
  return Object.hasOwn(loads, name) ? loads[name] : undefined;
}
