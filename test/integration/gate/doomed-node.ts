/** A node in a process of its own, for tests that kill it: `doomed-node.ts NAME [{"host": "127.0.0.1", "port": 1}]`. */
import { GameNode } from "../../../runtime/node/node.ts";
import type { GateAddress } from "../../../runtime/node/node-options.ts";
import { text } from "./raw-client.ts";
import { serve } from "./schema.ts";

const [name = "", gates = "[]"] = process.argv.slice(2);
const role = name.replace(/-\d+$/, "");

const handlers = {
  echo: (body: Uint8Array) => body,
  sticky: () => text(name),
  hashed: () => text(name),
  /** Joins a group until the node is lost, and one for good. */
  login: (_: Uint8Array, ctx: { session: Parameters<Parameters<GameNode["onSessionEnd"]>[0]>[0] }) => {
    ctx.session.join("match:7", { whenNodeLost: "leave" });
    ctx.session.join("lobby");
    return text("in");
  },
  /** Never answers. */
  free: () => new Promise<Uint8Array>(() => {}),
};

const node = await GameNode.open([serve(role, handlers, { double: () => text(name) })], {
  name,
  role,
  gates: JSON.parse(gates) as GateAddress[],
});
await node.linked();
process.once("SIGTERM", () => void node.close({ graceMs: 0 }).then(() => process.exit(0)));
console.log("linked");
