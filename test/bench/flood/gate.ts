/** The gate under flood: every limit has its default. Tells its parent the two ports. */
import { Gate } from "photinus";
import { protocol } from "../game/fixtures/server/index.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { stepRate } from "./attacks.ts";

/** A command with a rate that players keep, for the client that exceeds the rate. */
const commands = protocol.commands.map((entry) =>
  entry.name.endsWith(".Step") ? { ...entry, rate: { count: stepRate, perMs: 1_000 } } : entry,
);
const gate = await Gate.open({ name: "gate", protocol: { ...protocol, commands } });
serveParent(async () => ({ counters: gate.counters.entries() }));
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port });
