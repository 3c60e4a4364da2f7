/** Our side's gate. All players come from one address here: limits of an address are lifted, those of a connection have their defaults. */
import { Gate } from "photinus";
import { protocol } from "../../game/fixtures/server/index.ts";
import { serveParent, tellParent } from "../../harness/children.ts";

const limits = {
  connectionsPerAddress: 20_000,
  addressBytesPerSecond: false,
  addressFramesPerSecond: false,
} as const;
const gate = await Gate.open({ name: "gate", protocol, limits });
serveParent(async () => ({ counters: gate.counters.entries() }));
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port });
