/**
 * A node of its own process: `node-process.ts NAME GATE_HOST LINK_PORT HEARTBEAT_MS LOG_FILE`. Each line of its log is in the file
 * before the call returns. Answers a message with its live streams, after its last push.
 */
import { openSync, writeSync } from "node:fs";
import { serveParent, tellParent } from "../../../bench/harness/children.ts";
import { ChaosNode } from "./chaos-node.ts";
import { roundTrust } from "./round-limits.ts";

const [name = "", host = "", port, heartbeat, file = ""] = process.argv.slice(2);
const log = openSync(file, "a");
const gates = [{ host, port: Number(port) }];
const linkTrust = { keys: roundTrust.keys };
const node = await ChaosNode.open({ name, gates, heartbeatMs: Number(heartbeat), linkTrust }, (line) =>
  writeSync(log, `${line}\n`),
);
serveParent(() => Promise.resolve({ streams: node.quiet() }));
tellParent({ ready: true });
