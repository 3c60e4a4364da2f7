import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { Counters } from "../../../runtime/log/counters.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import type { PortOptions } from "../../../runtime/transport/port-options.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { Recorder } from "../../conformance/transport/recorder.ts";

export { upgrade, webSocketFrame } from "../../setup/frames.ts";

/** A port, and what came in by it. */
export interface Rig {
  port: Port;
  counters: Counters;
  transports: { transport: Transport; recorder: Recorder }[];
}

export async function rig(options: Partial<PortOptions> = {}): Promise<Rig> {
  const counters = new Counters();
  const transports: Rig["transports"] = [];
  const port = await openPort({
    counters,
    onTransport: (transport) => {
      const recorder = new Recorder();
      transports.push({ transport, recorder });
      transport.start(recorder);
    },
    ...options,
  });
  onTestFinished(() => port.close({ graceMs: 10 }));
  return { port, counters, transports };
}

/** A plain socket that collects what comes. `stays`: it does not end its side when the server does. */
export async function dial(
  port: Port,
  { stays = false } = {},
): Promise<{ socket: Socket; text: () => string; ended: Promise<void> }> {
  const socket = connect({ port: port.port, host: port.host, allowHalfOpen: stays });
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  const ended = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await new Promise<void>((resolve) => socket.on("connect", resolve));
  return { socket, text: () => text, ended };
}
