import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workshop, writeQuiet } from "./game.ts";

const tables = new URL("../../conformance/tables/fixtures/server/", import.meta.url);
const protocol = fileURLToPath(new URL("protocol.ts", tables));

/** A node that forgets an `await` three times, each time for another reason; which line it is, is in the text. */
const forgetful = `
import { heroTable } from ${JSON.stringify(fileURLToPath(new URL("tables.tables.ts", tables)))};
const nothing = { name: "Nothing", write() {}, read: () => ({}) };
const ask = { id: 7, name: "desk.Desk.Ask", role: "desk", request: nothing, reply: nothing, timeoutMs: 1000 };
async function ownWork() { throw new Error("own trouble"); }
export default (node) => {
  const heroes = node.table(heroTable);
  function forgetsTable() { heroes.patch(404n, { name: "nobody" }); }
  function forgetsCall() { node.call(ask, {}); }
  function forgetsOwn() { ownWork(); }
  const whenLinked = () => node.call(ask, {}).catch(({ code }) => {
    if (code !== "UNIMPLEMENTED") setTimeout(whenLinked, 20);
    else setTimeout(() => { forgetsTable(); forgetsCall(); forgetsOwn(); });
  });
  whenLinked();
  return [];
};
`;

let workshop: Workshop;

beforeEach(() => {
  workshop = new Workshop();
});

afterEach(() => workshop.close());

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly name: string;
  readonly call?: string;
  readonly err?: { readonly message: string; readonly stack: string };
}

function linesOf(out: string): Line[] {
  return out
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
}

function write(changes: object = {}): void {
  writeQuiet(workshop, {
    protocol,
    nodes: [{ role: "scene", name: "scene", module: "./scene.mjs" }],
    data: { embedded: { file: "./game.sqlite" } },
    ...changes,
  });
  workshop.write("scene.mjs", forgetful);
}

const message = "unhandled promise rejection; an await or a catch is missing";

describe.each([["one process each"], ["--in-process"]])("a forgotten await that rejects, %s", (way) => {
  const flags = way === "--in-process" ? [way] : [];

  test("is logged with the line that forgot it and its call, is counted, and the process goes on", async () => {
    write();
    const run = await workshop.start(...flags);
    for (const text of ["own trouble", "desk.Desk.Ask", "no row with this key"]) await run.until(text);
    const rejections = linesOf(run.out).filter(({ msg }) => msg === message);
    expect(rejections.map(({ level }) => level)).toEqual([50, 50, 50]);
    const of = (text: string) => rejections.find(({ err }) => err?.message.includes(text));
    expect(of("no row with this key")?.err?.stack).toMatch(/at forgetsTable .*scene\.mjs:8/);
    expect(of("desk.Desk.Ask: ")).toMatchObject({ call: "desk.Desk.Ask" });
    expect(of("desk.Desk.Ask: ")?.err?.stack).toMatch(/at forgetsCall .*scene\.mjs:9/);
    expect(of("own trouble")?.err?.stack).toMatch(/scene\.mjs:5/);

    const { processes } = await workshop.status();
    const scene = processes.find(({ name }) => name === "scene");
    expect(scene).toMatchObject({ state: "ready", restarts: 0 });
    const counters = scene?.node?.["counters"] as Record<string, number>;
    expect(counters["process.rejection.unhandled"]).toBe(3);
    run.signal("SIGINT");
    expect(await run.ended).toBe(0);
  });
});

test('a forgotten await that rejects ends the process where the topology says "exit", and it starts anew', async () => {
  write({ onUnhandledRejection: "exit" });
  const run = await workshop.start();
  await run.until(message);
  await workshop.statusWhere(({ processes }) => processes.some(({ restarts }) => restarts > 0));
  run.signal("SIGINT");
  expect(await run.ended).toBe(0);
});

test("in production the errors of tables and calls have no caller's stack, and are logged all the same", async () => {
  write();
  const run = workshop.spawn(["start"], { NODE_ENV: "production" });
  for (const text of ["own trouble", "desk.Desk.Ask", "no row with this key"]) await run.until(text);
  expect(run.out).not.toContain("forgetsTable");
  expect(run.out).not.toContain("forgetsCall");
  run.signal("SIGINT");
  expect(await run.ended).toBe(0);
});

test("another word than log or exit is refused by name", async () => {
  write({ onUnhandledRejection: "ignore" });
  const { code, errors } = await workshop.run("start");
  expect(code).toBe(1);
  expect(errors).toContain("onUnhandledRejection");
  expect(errors).toContain('"log"');
});
