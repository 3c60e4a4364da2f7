import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from "node:perf_hooks";
import { serveParent } from "../harness/children.ts";

/** "quiet" is answered when nothing of the load before is left. */
export type MeasuredRequest = "quiet" | "begin" | "end";

/** Event-loop delay of a process, milliseconds. An idle one has a little more than the resolution, which is 1 ms. */
export interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** The 99th percentile of what its main thread has used of the processor between two ticks of a timer of 1 ms. */
  readonly usedP99: number;
  /** All that it has used of it. */
  readonly used: number;
}

const resolutionMs = 1;
const ms = (ns: number) => Number((ns / 1e6).toFixed(2));

/** In a child: measures its event loop's delay from "begin" to "end". */
export function serveDelay(isQuiet: () => boolean): void {
  let end: () => Delay;
  serveParent<MeasuredRequest>(async (request) => {
    if (request === "end") return end();
    if (request === "begin") end = measureDelay();
    else while (!isQuiet()) await new Promise((resolve) => setTimeout(resolve, 50));
    return {};
  });
}

function measureDelay(): () => Delay {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const used = createHistogram();
  delay.enable();
  const timer = recordUsed(used);
  return () => {
    delay.disable();
    clearInterval(timer);
    return {
      p50: ms(delay.percentile(50)),
      p99: ms(delay.percentile(99)),
      most: ms(delay.max),
      usedP99: ms(used.percentile(99)),
      used: ms(used.mean * used.count),
    };
  };
}

/** Unlike the delay this leaves out how long the process had to wait for a processor. */
function recordUsed(used: RecordableHistogram): NodeJS.Timeout {
  let before = process.threadCpuUsage();
  return setInterval(() => {
    const now = process.threadCpuUsage();
    used.record(Math.max(1, (now.user - before.user + now.system - before.system) * 1_000));
    before = now;
  }, resolutionMs);
}
