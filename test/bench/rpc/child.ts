/** One process of the benchmark: `child.ts serve|call SIDE [PORT]`. A caller runs the loads that its parent asks for. */
import { setTimeout as pause } from "node:timers/promises";
import { byHand } from "./sides/by-hand.ts";
import { photinus } from "./sides/photinus.ts";
import { pinus } from "./sides/pinus.ts";
import type { Call, Side } from "./sides/side.ts";

const sides: Record<string, Side> = { photinus, byHand, pinus };

/** What a parent asks of a caller; it answers with calls a second. */
interface Load {
  connections: number;
  /** Calls in flight on each connection. */
  inFlight: number;
  warmUpMs: number;
  measureMs: number;
}

/** Answers of a load that are compared with all that was sent; of the others the number is. */
const checkedCount = 1_024;

const [role, name = "", port] = process.argv.slice(2);
const side = sides[name];
if (!side || !process.send) throw new Error("usage: child.ts serve|call SIDE [PORT], with an IPC channel");
const tell = process.send.bind(process);
process.once("disconnect", () => process.exit(0));

if (role === "serve") {
  tell({ port: await side.serve() });
} else {
  const calls: Call[] = [];
  process.on("message", async (load: Load) => {
    while (calls.length < load.connections) calls.push(await side.dial(Number(port)));
    tell({ perSecond: await measure(calls.slice(0, load.connections), load) });
  });
  tell({ ready: true });
}

async function measure(calls: readonly Call[], load: Load): Promise<number> {
  let done = 0;
  let checked = 0;
  let running = true;
  const keepCalling = async (call: Call, first: number): Promise<void> => {
    for (let n = 0x200000 + first; running; n = 0x200000 + ((n + 1) & 0xfffff)) {
      const answer = await call(n);
      if (answer.n !== n) throw new Error("a wrong answer");
      if (checked < checkedCount) {
        checked++;
        side!.check(answer);
      }
      done++;
    }
  };
  const workers = calls.flatMap((call) =>
    Array.from({ length: load.inFlight }, (_, first) => keepCalling(call, first)),
  );
  await pause(load.warmUpMs);
  const from = performance.now();
  done = 0;
  await pause(load.measureMs);
  const perSecond = (done * 1_000) / (performance.now() - from);
  running = false;
  await Promise.all(workers);
  return perSecond;
}
