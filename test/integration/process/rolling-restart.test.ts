import { afterEach, beforeEach, expect, test } from "vitest";
import { type Run, Workshop } from "./game.ts";
import { ProbeGame } from "./probe-game.ts";
import { SteadyLoad } from "./steady-load.ts";

let workshop: Workshop;
let game: ProbeGame;

beforeEach(() => {
  workshop = new Workshop();
  game = new ProbeGame(workshop);
});

afterEach(() => workshop.close());

/** Requests in a second; `npm run test:restarts` sends 2,000. */
const rate = 300;

/** Starts the game, and has clients send requests before, while and after `during` runs. */
async function underLoad(during: (run: Run) => Promise<void>): Promise<SteadyLoad> {
  const run = await workshop.start();
  const load = await SteadyLoad.start({ ports: await game.ports(), rate, clients: 7 });
  await load.answers(rate / 2);
  await during(run);
  // What is sent from here on is answered by new nodes.
  await load.answers(rate);
  await load.stop();
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(workshop.alive).toEqual([]);
  return load;
}

/** Expects that each request was run once and answered. */
function expectUnnoticed(load: SteadyLoad): void {
  expect(load.failed).toEqual([]);
  expect(load.verdict(game.ran(), "none")).toMatchObject({ lost: 0, twice: 0, errors: 0 });
}

test("a rolling restart under load loses no request, and runs none twice", async () => {
  const load = await underLoad(async () => {
    const { code, out, errors } = await workshop.run("restart", "--rolling");
    const names = ["probe-1", "probe-2", "other-1", "other-2"];
    const restarted = names.map((name) => `${name} restarted .*\\n`).join("");
    expect({ code, out, errors }).toEqual({
      code: 0,
      out: expect.stringMatching(new RegExp(`^${restarted}$`)),
      errors: "",
    });
  });
  expectUnnoticed(load);
});

test("a rolling restart of two gates under load moves all sessions: no client notices it but by latency", async () => {
  workshop.close();
  workshop = new Workshop();
  game = new ProbeGame(workshop, ["gate-1", "gate-2"]);
  const load = await underLoad(async () => {
    const { code, out, errors } = await workshop.run("restart", "--rolling");
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(out.match(/^\S+/gm)).toEqual(["probe-1", "probe-2", "other-1", "other-2", "gate-1", "gate-2"]);
  });
  expectUnnoticed(load);
  expect(load.newSessions).toBe(0);
});

test("of a node that is killed under load, only requests that are not idempotent fail, and may have run", async () => {
  let retried = 0;
  const load = await underLoad(async () => {
    await game.kill("probe-1");
    retried = await game.count("relay.retried");
  });
  const why = load.failed.map(({ error, idempotent }) => ({
    why: `${error.reason}, ${error.outcome}`,
    idempotent,
  }));
  const lost = 'the node "probe-1" was lost before it answered, and may have run the call, may have run';
  expect(why).toEqual(why.map(() => ({ why: lost, idempotent: false })));
  expect(load.verdict(game.ran(), "idempotent ones")).toMatchObject({ lost: 0, twice: 0 });
  // The node had requests of both kinds.
  expect([load.failed.length, retried].map((count) => count > 0)).toEqual([true, true]);
});

test("a new module with an error under load is noticed by no client", async () => {
  const load = await underLoad(async () => {
    workshop.write("probe.mjs", 'throw new Error("no moon tonight");\n');
    const { code, errors } = await workshop.run("restart", "--rolling");
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining("no moon tonight") });
    const { processes } = await workshop.status();
    expect(processes.map(({ state, restarts }) => ({ state, restarts }))).toEqual(
      processes.map(() => ({ state: "ready", restarts: 0 })),
    );
  });
  expectUnnoticed(load);
});

test("a new process that is killed while it loads under load is noticed by no client", async () => {
  const load = await underLoad(async (run) => {
    const hang = "await new Promise(() => setInterval(() => {}, 1000));";
    workshop.write("probe.mjs", `console.log("loading in", process.pid, "now"); ${hang}\n`);
    const restart = workshop.spawn(["restart", "probe-1"]);
    await run.until(" now");
    process.kill(Number(/loading in (\d+) now/.exec(run.out)![1]), "SIGKILL");
    expect(await restart.ended).toBe(1);
    expect(restart.errors).toContain("signal SIGKILL");
  });
  expectUnnoticed(load);
});
