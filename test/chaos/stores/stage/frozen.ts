import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProgram } from "../../../setup/servers/program.ts";
import type { Crew } from "../crew.ts";
import { until } from "../until.ts";
import type { Victim } from "./stage.ts";
import { mainOf, ownersOf } from "./victims.ts";

/** Limits of stores that meet frozen peers, milliseconds: short, so that a peer is soon frozen for longer than all of them. */
export const shortLimits = Object.freeze({ leaseMs: 600, silenceMs: 2_000, timeoutMs: 2_000 });
/** How long an embedded store waits for another writer, milliseconds: short, too. */
export const shortBusyMs = 1_500;
const frozenMs = 6_000;

/** A worker that is stopped with SIGSTOP in whatever it does, and goes on later as if nothing had been. */
export const frozenWriter: Victim = {
  name: "frozen writer",
  async strike(crew, random) {
    const { pids } = crew;
    const pid = pids[Math.floor(random() * pids.length)]!;
    await freeze(pid, () => sleep(frozenMs));
    await crew.work();
    return pid;
  },
};

/** The worker that owns most shards of the journal: others take them over, and then it takes itself for their owner. */
export function frozenOwner(redisUrl: string, prefix: string): Victim {
  return {
    name: "frozen journal owner",
    async strike(crew) {
      const pid = await ownerAmong(crew, redisUrl, prefix);
      await freeze(pid, async () => {
        const end = performance.now() + frozenMs;
        await until(`others own what ${pid} owned`, async () => {
          const owners = await ownersOf(redisUrl, prefix);
          return owners.length > 0 && owners.every(([, owner]) => owner !== pid);
        });
        await sleep(Math.max(0, end - performance.now()));
      });
      await crew.work();
      return pid;
    },
  };
}

/** A server whose connections stay and say nothing. */
export function frozenServer(name: string, program: ServerProgram): Victim {
  return {
    name: `frozen ${name}`,
    async strike(crew) {
      const { pid } = program;
      await freeze(pid, () => sleep(frozenMs));
      await crew.work();
      return pid;
    },
  };
}

async function freeze(pid: number, meanwhile: () => Promise<unknown>): Promise<void> {
  process.kill(pid, "SIGSTOP");
  try {
    await meanwhile();
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

async function ownerAmong(crew: Crew, redisUrl: string, prefix: string): Promise<number> {
  let main: number | undefined;
  await until("a worker owns the journal", async () => {
    main = mainOf(await ownersOf(redisUrl, prefix));
    return main !== undefined && crew.pids.includes(main);
  });
  return main!;
}
