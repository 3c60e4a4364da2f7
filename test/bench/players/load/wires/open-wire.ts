import { BareWire } from "./bare.ts";
import { PhotinusWire } from "./photinus.ts";
import type { Wire } from "./wire.ts";

const wires = {
  "photinus-tcp": (port) => new PhotinusWire(port, "tcp"),
  "photinus-ws": (port) => new PhotinusWire(port, "websocket"),
  "colyseus-state": colyseus,
  "colyseus-messages": colyseus,
  "socket-io": socketIo,
  "bare-loop": (port) => new BareWire(port, true),
  "bare-each": (port) => new BareWire(port, false),
} satisfies Record<string, (port: number) => Wire | Promise<Wire>>;

export type WireName = keyof typeof wires;

export function isWireName(name: string): name is WireName {
  return name in wires;
}

export async function openWire(name: WireName, port: number): Promise<Wire> {
  return wires[name](port);
}

// Packages of peers are loaded only where they are used.
async function colyseus(port: number): Promise<Wire> {
  const { ColyseusWire } = await import("./colyseus.ts");
  return new ColyseusWire(port);
}

async function socketIo(port: number): Promise<Wire> {
  const { SocketIoWire } = await import("./socket-io.ts");
  return new SocketIoWire(port);
}
