import { pino } from "pino";
import { systemClock } from "../../clock/clock.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import { ProcessOpener } from "../hosting/open-process.ts";
import { UnhandledRejections } from "../hosting/unhandled-rejections.ts";
import { logSerializers } from "../logs/error-record.ts";
import { isLogLevel } from "../topology/topology.ts";
import { ChildRunner } from "./child-runner.ts";

/**
 * Program of one supervised process: `main CONFIG NAME LEVEL`. Opens the gate or node of that name on the supervisor's
 * order, and ends with its supervisor.
 */
const [config = "", name = "", level = ""] = process.argv.slice(2);
const log = pino({
  ...{ name, level: isLogLevel(level) ? level : "info" },
  ...{ base: { name }, serializers: logSerializers },
});

const rejections = new UnhandledRejections({ log, clock: systemClock, exit: (code) => process.exit(code) });
const opener = new ProcessOpener(config, name);
const runner = new ChildRunner({
  load: () => opener.load(),
  open: async (order) => {
    const open = await opener.open(order, { clock: systemClock, log });
    rejections.follow(open.onUnhandledRejection, [open.hosted.counters]);
    return open;
  },
  report: (report, then) => {
    if (process.connected) process.send?.(report, undefined, undefined, () => then?.());
    else then?.();
  },
  // process.exit may rarely wait forever for worker threads. A supervisor kills such a process; an orphan kills itself.
  exit: (code) => (process.connected ? process.exit(code) : process.kill(process.pid, "SIGKILL")),
  memoryBytes: () => process.memoryUsage.rss(),
  log,
});

process.on("message", (message) => runner.onMessage(message));
// The channel closes with the supervisor, also when the supervisor was killed.
process.on("disconnect", () => runner.orphaned());
process.on("SIGTERM", () => runner.stop());
// A terminal sends these signals to the whole process group; the supervisor alone reacts to them.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("unhandledRejection", (error: unknown) => rejections.onRejection(error));
process.on("uncaughtException", (error: unknown) => {
  const stack = error instanceof Error ? error.stack : undefined;
  log.error({ stack }, `uncaught exception: ${reasonOf(error)}`);
  process.exit(1);
});
if (!process.connected) {
  process.stderr.write("error: this program needs a supervisor; start it with: photinus start\n");
  process.exit(1);
}
