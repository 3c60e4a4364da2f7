/** A gate of its own process: `gate-process.ts HOST CLIENT_PORT LINK_HOST LINK_PORT HEARTBEAT_MS`. Answers each message with its status. */
import { Gate } from "../../../../runtime/gate/gate.ts";
import { serveParent, tellParent } from "../../../bench/harness/children.ts";
import { protocol } from "./chaos-protocol.ts";
import { roundLimits, roundTrust } from "./round-limits.ts";

const [host = "", port, linkHost = "", linkPort, heartbeat] = process.argv.slice(2);
const heartbeatMs = Number(heartbeat);
const gate = await Gate.open({
  name: "gate",
  protocol,
  heartbeatMs,
  listen: { host, port: Number(port) },
  links: { host: linkHost, port: Number(linkPort) },
  link: { heartbeatMs },
  linkTrust: roundTrust,
  limits: roundLimits,
});
serveParent(() => Promise.resolve(gate.status()));
tellParent({ ready: true });
