/** A gate of the benchmarks' game, all policy on: `gate.ts [CERTIFICATE KEY]`, with both over TLS. Tells its parent the two ports. */
import { Gate } from "photinus";
import { serveParent, tellParent } from "../harness/children.ts";
import { protocol } from "./fixtures/server/index.ts";

// Everything comes from one address here.
const limits = { connectionsPerAddress: 20_000 };
const [certFile, keyFile] = process.argv.slice(2);
const listen = certFile && keyFile ? { tls: { certificates: [{ certFile, keyFile }] } } : {};
const gate = await Gate.open({ name: "gate", protocol, limits, listen });
serveParent(async () => ({ counters: gate.counters.entries() }));
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port });
