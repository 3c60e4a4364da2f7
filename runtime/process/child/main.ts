import { pino } from "pino";
import { systemClock } from "../../clock/clock.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import { openProcess } from "../hosting/open-process.ts";
import { UnhandledRejections } from "../hosting/unhandled-rejections.ts";
import { isLogLevel } from "../topology/topology.ts";
import { ChildRunner } from "./child-runner.ts";

/**
 * The program of one supervised process: `main CONFIG NAME LEVEL`. It opens the gate or node of that name when its
 * supervisor says so, and ends with its supervisor.
 */
const [config = "", name = "", level = ""] = process.argv.slice(2);
const log = pino({ name, level: isLogLevel(level) ? level : "info", base: { name } });

const rejections = new UnhandledRejections({ log, clock: systemClock, exit: (code) => process.exit(code) });
const runner = new ChildRunner({
  open: async (order) => {
    const open = await openProcess(config, name, order, { clock: systemClock, log });
    rejections.follow(open.onUnhandledRejection, [open.hosted.counters]);
    return open;
  },
  report: (report, then) => {
    if (process.connected) process.send?.(report, undefined, undefined, () => then?.());
    else then?.();
  },
  // Node's own exit may, rarely, wait for ever for its worker threads. A supervisor would kill it then; an orphan is alone.
  exit: (code) => (process.connected ? process.exit(code) : process.kill(process.pid, "SIGKILL")),
  memoryBytes: () => process.memoryUsage.rss(),
  log,
});

process.on("message", (message) => runner.onMessage(message));
// The channel closes when the supervisor is gone, however it went.
process.on("disconnect", () => runner.orphaned());
process.on("SIGTERM", () => runner.stop());
// A terminal sends these to the whole group; the supervisor decides what they mean.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});
process.on("unhandledRejection", (error: unknown) => rejections.onRejection(error));
process.on("uncaughtException", (error: unknown) => {
  const stack = error instanceof Error ? error.stack : undefined;
  log.error({ stack }, `uncaughtException: ${reasonOf(error)}`);
  process.exit(1);
});
if (!process.connected) {
  process.stderr.write("this program is started by: photinus start\n");
  process.exit(1);
}
