/**
 * A node of its own process: `child-node.ts NAME PORT HEARTBEAT_MS`. Answers echo, says how often `sticky`, `hashed` or
 * `turn` were called, lets `free` wait for ever, and doubles bodies for other nodes.
 */
import { GameNode } from "../../../runtime/node/node.ts";
import { serve } from "../../integration/gate/schema.ts";

const [name, port, heartbeatMs] = process.argv.slice(2);
const role = name!.replace(/-\d+$/, "");
let handled = 0;
const count = () => new TextEncoder().encode(String(++handled));
const handlers = {
  echo: (body: Uint8Array) => body,
  free: () => new Promise(() => {}),
  sticky: count,
  hashed: count,
  turn: count,
};
const desk = { double: (body: Uint8Array) => new Uint8Array([...body, ...body]) };
const node = await GameNode.open([role === "probe" ? serve(role, handlers) : serve(role, {}, desk)], {
  name: name!,
  role,
  gates: [{ host: "127.0.0.1", port: Number(port) }],
  link: { heartbeatMs: Number(heartbeatMs) },
});
await node.linked();
// Between two links nothing else keeps the process running.
process.on("message", () => {});
process.send?.("linked");
