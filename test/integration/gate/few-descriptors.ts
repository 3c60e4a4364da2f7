/**
 * A process with few file descriptors, and a gate, a control socket and a node in it: `few-descriptors.ts DIRECTORY PORT`,
 * where nothing listens on the port. At the word "fill" it takes all that are left, at "free" it gives them back. It sends
 * its addresses, and then every line of its log.
 */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { Gate } from "../../../runtime/gate/gate.ts";
import type { Logger } from "../../../runtime/log/logger.ts";
import { GameNode } from "../../../runtime/node/node.ts";
import { ControlServer } from "../../../runtime/process/control/control-server.ts";
import { protocol, serve } from "./schema.ts";

const [directory, nowhere] = process.argv.slice(2);
const tell = (of: string) => (details: object, message: string) =>
  void process.send?.({ of, message, ...details });
const logger = (of: string): Logger => ({
  debug() {},
  info: tell(of),
  warn: tell(of),
  error: tell(of),
  child: () => logger(of),
});

const gate = await Gate.open({ name: "gate-1", protocol, log: logger("gate") });
const place = {
  config: "few",
  only: undefined,
  directory: directory!,
  socket: join(directory!, "c.sock"),
  token: join(directory!, "c.token"),
};
const target = {
  status: async () => ({}) as never,
  stop: async () => {},
  restart: async function* () {},
  setMinRelease: async () => {},
  setCanary: async () => {},
};
await ControlServer.open(place, target, logger("control"));
const link = { name: "probe-1", role: "probe", gates: [{ host: "127.0.0.1", port: Number(nowhere) }] };
await GameNode.open([serve("probe", {})], { ...link, log: logger("node") });

const taken: number[] = [];
let taking: NodeJS.Timeout | undefined;
function take(): void {
  try {
    for (;;) taken.push(openSync(devNull, "r"));
  } catch {
    // None is left.
  }
}
process.on("message", (word) => {
  clearInterval(taking);
  // Again and again: what the node's dialer held for a moment is free afterwards.
  if (word === "fill") taking = setInterval(take, 5);
  else for (const descriptor of taken.splice(0)) closeSync(descriptor);
  process.send?.({ counters: gate.counters.entries() });
});
process.send?.({ client: gate.clientAddress, links: gate.linkAddress, socket: place.socket });
