/** A node of its own process: answers echo, and lets other commands wait for ever. */
import { GameNode } from "../../../runtime/node/node.ts";
import { serve } from "../../integration/gate/schema.ts";

const [name, port, heartbeatMs] = process.argv.slice(2);
const handlers = { echo: (body: Uint8Array) => body, free: () => new Promise(() => {}) };
const node = await GameNode.open([serve("probe", handlers)], {
  name: name!,
  role: "probe",
  gates: [{ host: "127.0.0.1", port: Number(port) }],
  link: { heartbeatMs: Number(heartbeatMs) },
});
await node.linked();
// Between two links nothing else keeps the process running.
process.on("message", () => {});
process.send?.("linked");
