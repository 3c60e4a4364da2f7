/** A peer of the map form of its own process: `child-map-peer.ts NAME PORT`. Says how often it was called. */
import { SystemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";

const [name, port] = process.argv.slice(2);
const clock = new SystemClock({ keepAlive: true });
let handled = 0;
const link = new Link(await dialTcp("127.0.0.1", Number(port)), {
  clock,
  deadlines: new Deadlines(clock),
  log: silentLogger,
  name: name!,
  handler: {
    onAsk() {},
    onNotice() {},
    onRelay() {},
    onPush() {},
    onClose() {},
    onMapForm: (_name, _args, _kw, reply) => reply?.answer(String(++handled)),
  },
});
await link.callMapForm("takeProxy", [name], { role: "probe" });
process.on("message", () => {});
process.send?.("linked");
