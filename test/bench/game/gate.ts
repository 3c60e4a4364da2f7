/** A gate of the benchmarks' game, all policy on. Tells its parent the two ports. */
import { Gate } from "photinus";
import { serveParent, tellParent } from "../harness/children.ts";
import { protocol } from "./fixtures/server/index.ts";

// Everything comes from one address here.
const gate = await Gate.open({ name: "gate", protocol, limits: { connectionsPerAddress: 20_000 } });
serveParent(async () => ({ counters: gate.counters.entries() }));
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port });
