import { BareWire } from "./bare.ts";
import { ColyseusWire } from "./colyseus.ts";
import { PhotinusWire } from "./photinus.ts";
import type { Wire } from "./wire.ts";

const wires = {
  "photinus-tcp": (port) => new PhotinusWire(port, "tcp"),
  "photinus-ws": (port) => new PhotinusWire(port, "websocket"),
  "colyseus-state": (port) => new ColyseusWire(port),
  "colyseus-messages": (port) => new ColyseusWire(port),
  "bare-loop": (port) => new BareWire(port, true),
  "bare-each": (port) => new BareWire(port, false),
} satisfies Record<string, (port: number) => Wire>;

export type WireName = keyof typeof wires;

export function isWireName(name: string): name is WireName {
  return name in wires;
}

export function openWire(name: WireName, port: number): Wire {
  return wires[name](port);
}
