/** A process that links to the port it is told, answers pings, and says so by a notice: `peer.ts PORT HEARTBEAT_MS`. */
import { SystemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";

const [port, heartbeatMs] = process.argv.slice(2).map(Number);
if (!port || !heartbeatMs) throw new Error("usage: peer.ts PORT HEARTBEAT_MS");
const clock = new SystemClock({ keepAlive: true });
const link = new Link(await dialTcp("127.0.0.1", port), {
  clock,
  deadlines: new Deadlines(clock),
  log: silentLogger,
  name: "peer",
  initiator: true,
  heartbeatMs,
  handler: {
    onAsk() {},
    onNotice() {},
    onRelay() {},
    onPush() {},
    onMapForm() {},
    onClose: () => process.exit(0),
  },
});
link.noticeBytes(1, new Uint8Array(0), 0, 0, undefined);
