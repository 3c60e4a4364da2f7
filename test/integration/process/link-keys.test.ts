import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { Stranger } from "../gate/stranger.ts";
import { eventually, useWorld } from "../gate/world.ts";
import { root, Workshop } from "./game.ts";

const schema = JSON.stringify(pathToFileURL(join(root, "test/integration/gate/schema.ts")).href);
const world = useWorld();
let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
  workshop.write(
    "probe.mjs",
    `import { serve } from ${schema}; export default () => serve("probe", { echo: (b) => b });`,
  );
});
afterEach(() => workshop.close());

/** Writes a topology of two gates and a node, with further options as text. */
function write(more: string, nodes = ""): void {
  workshop.write(
    "photinus.config.ts",
    `import { protocol } from ${schema};
     const commands = protocol.commands.filter((command) => command.id === 1);
     export default {
       protocol: { ...protocol, commands, methods: [] },
       gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 } })),
       nodes: [{ role: "probe", module: "probe.mjs" }${nodes}],
       ${more}
     };`,
  );
}

/** Link port of the first gate, as a stranger needs it. */
async function linkPort(): Promise<Parameters<typeof Stranger.open>[1]> {
  const { processes } = await workshop.status();
  const figures = processes.find(({ name }) => name === "gate-1")!.gate as {
    links: { host: string; port: number };
  };
  return { linkAddress: figures.links } as Parameters<typeof Stranger.open>[1];
}

/** Command lines of processes, as other programs may read them. */
function commandLines(pids: readonly number[]): string {
  return pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "latin1")).join("\n");
}

async function everyLinked(): Promise<void> {
  await workshop.statusWhere(({ processes }) =>
    processes.every(({ gate }) => {
      const figures = gate as { nodes: { state: string }[]; gates: { linked: boolean }[] } | undefined;
      return (
        figures === undefined || (figures.nodes.length === 1 && figures.gates.every(({ linked }) => linked))
      );
    }),
  );
}

test("a game on one machine has a random key of its own: no other program links to its ports", async () => {
  write("");
  const run = await workshop.start();
  await everyLinked();
  const stranger = await Stranger.open(world, await linkPort());
  const refused = expect.objectContaining({ code: "UNAUTHENTICATED" });
  await expect(stranger.prove(LinkKeys.of(LinkKeys.random()))).rejects.toEqual(refused);
  expect(run.out).not.toContain('"level":50');
});

test("keys come from a file or the environment, and never stand in a command line or the log", async () => {
  const key = LinkKeys.random();
  const other = LinkKeys.random();
  workshop.write("link.key", `${other}\n`);
  write(
    'links: { keys: [{ file: "link.key" }, { env: "LINK_TEST_KEY" }] },',
    ', { role: "pythons", external: true }',
  );
  const run = workshop.spawn(["start"], { LINK_TEST_KEY: key });
  await run.until('"msg":"ready","gates"');
  await everyLinked();
  const peer = await Stranger.open(world, await linkPort());
  expect(await peer.join(LinkKeys.of(key), "pythons-1", "pythons")).toMatchObject({ gate: "gate-1" });
  const { processes } = await workshop.status();
  const lines = commandLines([run.child.pid!, ...processes.map(({ pid }) => pid!)]);
  for (const secret of [key, other]) {
    expect(lines).not.toContain(secret);
    expect(run.out + run.errors).not.toContain(secret);
  }
  // A file that changes is read by each process; the key of the variable stays.
  const newer = LinkKeys.random();
  workshop.write("link.key", newer);
  await eventually(() => run.out.split("link keys reloaded").length === 4);
  const later = await Stranger.open(world, await linkPort());
  await later.prove(LinkKeys.of(newer));
});

test("a start without its keys names the variable or the file, and what a key looks like", async () => {
  write('links: { keys: [{ env: "LINK_TEST_KEY" }] },');
  const unset = await workshop.run("start");
  expect(unset.code).toBe(1);
  expect(unset.errors).toContain("the environment variable LINK_TEST_KEY is not set");
  workshop.write("link.key", "secret");
  write('links: { keys: [{ file: "link.key" }] },');
  const short = await workshop.run("start");
  expect(short.code).toBe(1);
  expect(short.errors).toMatch(
    /link\.key: found a key of 6 characters; expected keys of 32 to 1024 characters/,
  );
});

test("a link port beyond this machine does not open without proofs and encryption", async () => {
  write("");
  workshop.write(
    "photinus.config.ts",
    readFileSync(join(workshop.folder, "photinus.config.ts"), "utf8").replace(
      "listen: { port: 0 }",
      'listen: { port: 0 }, links: { host: "0.0.0.0" }',
    ),
  );
  const { code, errors } = await workshop.run("start");
  expect(code).toBe(1);
  expect(errors).toContain("[links-open]");
  expect(errors).toContain("[links-plaintext]");
});
