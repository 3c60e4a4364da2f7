/** The gate of one side. Tells its parent the two ports. */
import { Gate } from "photinus";
import { tellParent } from "../harness/children.ts";
import { protocol } from "../tables/fixtures/server/index.ts";
import { serveDelay } from "./measured.ts";

// Everything comes from one address here, over a few connections, as fast as they can.
const gate = await Gate.open({
  name: "gate",
  protocol,
  limits: {
    connectionsPerAddress: 20_000,
    bytesPerSecond: false,
    framesPerSecond: false,
    addressBytesPerSecond: false,
    addressFramesPerSecond: false,
  },
});
serveDelay(() => gate.status().connections === 0);
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port });
