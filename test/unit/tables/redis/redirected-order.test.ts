import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { RedisClient } from "../../../../runtime/tables/redis/redis-client.ts";
import { luaScript } from "../../../setup/lua-script.ts";
import fc from "../../../setup/random.ts";
import {
  type Answer,
  type Received,
  reply,
  ScriptedCluster,
} from "../../../setup/servers/scripted-cluster.ts";

const script = luaScript("return 0");
const two = luaScript("return 1");
const common = ["100"];
const shaOf = (text: string) => createHash("sha1").update(text).digest("hex");

/** Servers: the first one has the slots of all tags but "y" and "z", the others have these. */
const [there, third] = [1, 2];

/** A client of a cluster, and the changes that the servers executed. */
async function world(
  answer: (command: Received, execute: (isFirstElsewhere?: boolean) => string) => ReturnType<Answer>,
) {
  const executed: string[] = [];
  const execute = ({ args }: Received, isFirstElsewhere: boolean) => {
    const count = Number(args[1]) / 2;
    // Each call has one argument, which names it; its length comes before.
    const names = args.slice(2 + 2 * count + common.length).filter((_, at) => at % 2 === 1);
    executed.push(...names.slice(isFirstElsewhere ? 1 : 0));
    const elsewhere = reply.error("ERR Script attempted to access a non local key in a cluster node");
    return reply.list(
      names.map((_, at) => (isFirstElsewhere && at === 0 ? elsewhere : reply.number(at + 1))),
    );
  };
  const received: Received[] = [];
  const cluster = await ScriptedCluster.start(3, (command) => {
    received.push(command);
    return answer(command, (isFirstElsewhere = false) => execute(command, isFirstElsewhere));
  });
  cluster.give("y", there);
  cluster.give("z", third);
  const client = await RedisClient.open(cluster.urls, silentLogger);
  onTestFinished(async () => {
    client.close();
    await cluster[Symbol.asyncDispose]();
  });
  const change = (row: string, name: string, used = script) =>
    client.batch(used, common, [`{s0}${row}`, "{s0}journal"], [name]);
  /** Resolves when the client knows that a tag's slot is on a server. */
  const know = (tag: string, at: number) =>
    expect
      .poll(async () => {
        const before = received.length;
        await client.command("get", `{${tag}}`);
        return received.slice(before).map((command) => command.at);
      })
      .toEqual([at]);
  return { cluster, client, received, executed, change, know };
}

test("a change waits for an earlier one of its row that went to the former server of their slot", async () => {
  const leave = Promise.withResolvers<void>();
  const { cluster, received, executed, change, know } = await world((command, execute) => {
    const tag = command.name === "GET" ? "z" : "s0";
    const owner = cluster.ownerOf(tag, command.at);
    if (owner === command.at) return tag === "z" ? reply.text("") : execute();
    const moved = cluster.redirection("MOVED", tag, owner);
    // The former server of the row answers late.
    return tag === "z" ? moved : leave.promise.then(() => moved);
  });
  cluster.give("z", there);
  cluster.give("s0", there);
  const first = change("a", "first");
  await expect.poll(() => received.length).toBe(1);
  await know("z", there);
  const second = change("a", "second");
  const other = change("b", "other", two);
  await know("z", there);
  leave.resolve();
  await Promise.all([first, second, other]);
  expect(executed.filter((name) => name !== "other")).toEqual(["first", "second"]);
});

test("a change comes after an earlier one of its row whose script the server does not have yet", async () => {
  const known = new Set<string>();
  const { executed, change } = await world(({ name, args }, execute) => {
    const sha = name === "EVAL" ? shaOf(args[0]!) : args[0]!;
    const isKnown = name === "EVAL" || known.has(sha);
    // Another client sends the script at once.
    known.add(sha);
    return isKnown ? execute() : reply.error("NOSCRIPT No matching script");
  });
  await change("b", "two", two);
  const changes = [change("a", "1"), change("a", "2", two), change("a", "3"), change("a", "4", two)];
  await Promise.all(changes);
  expect(executed.slice(1)).toEqual(["1", "2", "3", "4"]);
});

test("changes whose scripts the server has forgotten are executed in their order", async () => {
  const known = new Set<string>();
  const { executed, change } = await world(({ name, args }, execute) => {
    if (name === "EVAL") known.add(shaOf(args[0]!));
    return name === "EVAL" || known.has(args[0]!) ? execute() : reply.error("NOSCRIPT No matching script");
  });
  await Promise.all([change("b", "one"), change("b", "two", two)]);
  await Promise.all([change("b", "three"), change("b", "four", two)]);
  known.clear();
  const changes = [change("a", "1"), change("a", "2", two), change("a", "3"), change("a", "4", two)];
  await Promise.all(changes);
  expect(executed).toEqual(["one", "two", "three", "four", "1", "2", "3", "4"]);
});

const refusals = ["TRYAGAIN", "ASK", "NOSCRIPT", "CLUSTERDOWN", "a row elsewhere"] as const;
type Refusal = (typeof refusals)[number];
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ row: fc.nat(2), isOther: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ turns: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ isRead: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ owner: fc.nat(1), isToldLate: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ refusal: fc.constantFrom<Refusal>(...refusals) }) },
);
const plan = fc.record({
  steps: fc.array(step, { minLength: 20, maxLength: 80 }),
  delays: fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }),
});

test("however servers redirect and refuse, changes of a row are executed once, in their order, or fail as not sent", {
  timeout: 60_000,
}, async () => {
  const met = new Map<string, number>();
  const meet = (word: string) => met.set(word, (met.get(word) ?? 0) + 1);
  const scripts = [new Set<string>(), new Set<string>(), new Set<string>()];
  let delays: readonly number[] = [0];
  let commands = 0;
  const refusing: Refusal[] = [];
  const { cluster, client, executed, change } = await world(async ({ at, name, args, isAsking }, execute) => {
    for (let turns = delays[commands++ % delays.length]!; turns > 0; turns--) await nextTurn();
    const owner = cluster.ownerOf("s0", at);
    if (owner !== at && !isAsking) {
      meet("MOVED");
      return cluster.redirection("MOVED", "s0", owner);
    }
    if (name === "GET") return reply.text("");
    const refusal = refusing.shift() ?? "";
    meet(refusal);
    if (refusal === "TRYAGAIN") return reply.error("TRYAGAIN Multiple keys request during rehashing of slot");
    if (refusal === "CLUSTERDOWN") return reply.error("CLUSTERDOWN Hash slot not served");
    if (refusal === "ASK" && !isAsking) return cluster.redirection("ASK", "s0", at === there ? third : there);
    if (refusal === "NOSCRIPT") for (const server of scripts) server.clear();
    const sha = name === "EVAL" ? shaOf(args[0]!) : args[0]!;
    if (name === "EVALSHA" && !scripts[at]!.has(sha)) return reply.error("NOSCRIPT No matching script");
    scripts[at]!.add(sha);
    return execute(refusal === "a row elsewhere");
  });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const run = runs++;
      delays = given.delays;
      executed.length = 0;
      const issued: { readonly row: string; readonly name: string; readonly outcome: Promise<string> }[] = [];
      for (const one of given.steps) {
        if ("row" in one) {
          const [row, name] = [`${run}:${one.row}`, `${run}:${issued.length}`];
          const outcome = change(row, name, one.isOther ? two : script).then(
            () => "executed",
            (error) => error.outcome ?? String(error),
          );
          issued.push({ row, name, outcome });
        } else if ("turns" in one) for (let turn = 0; turn < one.turns; turn++) await nextTurn();
        else if ("isRead" in one) client.command("get", "{s0}").catch(() => undefined);
        else if ("refusal" in one) refusing.push(one.refusal);
        else {
          // The server without the slot may learn of the move later, and tell clients the former owner.
          const owner = one.owner === 0 ? 0 : there;
          cluster.give("s0", owner, one.isToldLate ? [0, there] : undefined);
        }
      }
      const outcomes = await Promise.all(issued.map(({ outcome }) => outcome));
      for (const outcome of outcomes) meet(outcome);
      const rows = new Set(issued.map(({ row }) => row));
      for (const row of rows) {
        const names = issued
          .filter((one, at) => one.row === row && outcomes[at] === "executed")
          .map(({ name }) => name);
        const inRow = new Set(issued.filter((one) => one.row === row).map(({ name }) => name));
        expect(executed.filter((name) => inRow.has(name))).toEqual(names);
      }
      expect(outcomes.filter((outcome) => outcome !== "executed" && outcome !== "not sent")).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect([...met.keys()]).toEqual(expect.arrayContaining(["MOVED", ...refusals, "executed", "not sent"]));
});
