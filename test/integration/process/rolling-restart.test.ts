import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect } from "../../../clients/typescript/src/node/index.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { commands } from "../gate/schema.ts";
import { type Run, root, Workshop } from "./game.ts";

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

type Connection = Awaited<ReturnType<typeof connect>>;

/** Commands of each route: by the session, by the first byte of the request, and most of them by turns. */
const { echo, sticky, hashed } = commands;
const routes = [sticky, echo, echo, hashed, echo, echo, echo, echo].map((entry) => ({
  ...entry,
  request: raw,
  reply: raw,
}));

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);

/** Nodes that write each request down when its handler begins, and answer a little later. */
const module = `
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from ${schema};
export default (node) => {
  const run = async (body) => {
    appendFileSync(new URL("ran.txt", import.meta.url), new TextDecoder().decode(body) + "\\n");
    await sleep(Math.random() * 20);
    return body;
  };
  return serve("probe", { echo: run, sticky: run, hashed: run });
};
`;

function writeProbes(): void {
  workshop.write("probe.mjs", module);
  workshop.write("ran.txt", "");
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands.filter((command) => command.role === "probe");
     export default {
       protocol: { ...protocol, commands, methods: [] },
       gates: [{ name: "gate", listen: { port: 0 }, limits: { guestRate: { count: 100_000, perMs: 1_000 } } }],
       nodes: [{ role: "probe", instances: 2, module: "./probe.mjs" }],
     };`,
  );
}

/** Sends requests one after another until told to stop, and each again while it fails as not run. */
class Player {
  readonly answered: string[] = [];
  readonly failed: string[] = [];
  readonly #connection: Connection;
  readonly #name: string;
  #stopped = false;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  stop(): void {
    this.#stopped = true;
  }

  async play(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const text = `${turn}-${this.#name}`;
      const answer = await this.#ask(routes[turn % routes.length]!, text);
      if (answer === text) this.answered.push(text);
      else this.failed.push(answer);
    }
  }

  async #ask(route: (typeof routes)[number], text: string): Promise<string> {
    for (;;) {
      try {
        const answer = await this.#connection.request(route, new TextEncoder().encode(text));
        return new TextDecoder().decode(answer as Uint8Array);
      } catch (error) {
        if (!isPhotinusError(error)) throw error;
        if (!wasNotRun(error)) return `${text}: ${error.message} (${error.outcome})`;
        await sleep(error.retryAfterMs);
      }
    }
  }
}

/** Whether a gate has refused a request because its node is on its way out or in. */
function wasNotRun({ code, outcome, reason }: PhotinusError): boolean {
  // A client that does not read the outcome of a failure still has the gate's words.
  const isAway = /is about to stop|has stopped/.test(reason);
  return code === "UNAVAILABLE" && (outcome === undefined ? isAway : outcome === "not run");
}

/** The requests that a handler has begun, in the order of their beginnings. */
function ran(): string[] {
  return readFileSync(join(workshop.folder, "ran.txt"), "utf8").split("\n").slice(0, -1);
}

/** Starts the game, and has clients of both transports send requests while `during` runs. */
async function underLoad(
  during: (run: Run) => Promise<void>,
): Promise<{ answered: string[]; failed: string[] }> {
  writeProbes();
  const run = await workshop.start();
  const { processes } = await workshop.status();
  const { port } = processes[0]!.gate!["address"] as { port: number };
  const connections = await Promise.all(
    ["tcp", "ws", "tcp", "ws"].map((scheme) => connect(`${scheme}://127.0.0.1:${port}`)),
  );
  const players = connections.flatMap((connection, n) =>
    [..."abcdefgh"].map((letter) => new Player(connection, `${n}${letter}`)),
  );
  const playing = players.map((player) => player.play());
  while (players.some((player) => player.answered.length < 10)) await sleep(10);
  await during(run);
  // What is sent after the restart is answered by new nodes.
  const enough = players.map((player) => player.answered.length + 10);
  while (players.some((player, n) => player.answered.length < enough[n]!)) await sleep(10);
  for (const player of players) player.stop();
  await Promise.all(playing);
  await Promise.all(connections.map((connection) => connection.close()));
  run.signal("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(workshop.alive).toEqual([]);
  return {
    answered: players.flatMap((player) => player.answered),
    failed: players.flatMap((player) => player.failed),
  };
}

test("a rolling restart under load loses no request, and runs none twice", async () => {
  const { answered, failed } = await underLoad(async () => {
    const { code, out, errors } = await workshop.run("restart", "--rolling");
    expect({ code, out, errors }).toEqual({
      code: 0,
      out: expect.stringMatching(/^probe-1 restarted .*\nprobe-2 restarted .*\n$/),
      errors: "",
    });
  });
  expect(failed).toEqual([]);
  expect(ran().sort()).toEqual(answered.sort());
});

test("a new module with an error under load is noticed by no client", async () => {
  const { answered, failed } = await underLoad(async () => {
    workshop.write("probe.mjs", 'throw new Error("no moon tonight");\n');
    const { code, errors } = await workshop.run("restart", "--rolling");
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining("no moon tonight") });
    const { processes } = await workshop.status();
    expect(processes.map(({ state, restarts }) => ({ state, restarts }))).toEqual(
      processes.map(() => ({ state: "ready", restarts: 0 })),
    );
  });
  expect(failed).toEqual([]);
  expect(ran().sort()).toEqual(answered.sort());
});

test("a new process that is killed while it loads under load is noticed by no client", async () => {
  const { answered, failed } = await underLoad(async (run) => {
    const hang = "await new Promise(() => setInterval(() => {}, 1000));";
    workshop.write("probe.mjs", `console.log("loading in", process.pid, "now"); ${hang}\n`);
    const restart = workshop.spawn(["restart", "probe-1"]);
    await run.until(" now");
    process.kill(Number(/loading in (\d+) now/.exec(run.out)![1]), "SIGKILL");
    expect(await restart.ended).toBe(1);
    expect(restart.errors).toContain("signal SIGKILL");
  });
  expect(failed).toEqual([]);
  expect(ran().sort()).toEqual(answered.sort());
});
