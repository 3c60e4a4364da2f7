/** A gate of its own process: `child-gate.ts NAME HEARTBEAT_MS`. Sends its addresses to its parent. */
import { Gate } from "../../../runtime/gate/gate.ts";
import { protocol } from "../../integration/gate/schema.ts";

const [name, heartbeat] = process.argv.slice(2);
const heartbeatMs = Number(heartbeat);
const gate = await Gate.open({ name: name!, protocol, heartbeatMs, link: { heartbeatMs } });
process.on("message", () => {});
process.send?.({ client: gate.clientAddress, links: gate.linkAddress });
