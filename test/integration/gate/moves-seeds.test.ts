import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { text } from "./raw-client.ts";
import { Rover } from "./rover.ts";
import { pushes, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const latest = { ...reliable, ...pushes.latest };
const rounds = Number(process.env["MOVES_ROUNDS"] ?? 3);
const firstSeed = Number(process.env["MOVES_SEED"] ?? 1);
const roverCount = 30;
const groupCount = 5;

/** Fractions below 1 that a seed decides (a linear congruential generator). */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Returns the bodies that begin with a word. */
const of = (all: readonly string[], word: string) => all.filter((body) => body.startsWith(`${word} `));

test(`three gates stop at random, alone and two at once, while clients lose connections: ${rounds} stops from seed ${firstSeed}`, {
  timeout: 60_000 + rounds * 20_000,
}, async () => {
  const random = fractions(firstSeed);
  // A client may come to a gate that has just started, and take its session along: the gate needs its nodes then.
  const ready = { readyWaitMs: 20_000, readyNodes: { probe: 1, other: 1 } };
  const gates = [await world.gate(), await world.gate(), await world.gate()];
  const allLinked = () =>
    eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
  const runs: string[] = [];
  /** What each player must get from the node of its requests, in order. */
  const sent = new Map<string, string[]>();
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      const name = decoder.decode(body);
      await ctx.session.bind(BigInt(name) + 1n);
      ctx.session.join(`group ${Number(name) % groupCount}`);
      return text("in");
    },
    async free(body, ctx) {
      const what = decoder.decode(body);
      runs.push(what);
      sent.get(String(ctx.userId - 1n))?.push(`own ${what}`);
      ctx.session.push(reliable, text(`own ${what}`));
      if (Math.random() < 0.3) await sleep(Math.random() * 40);
      return body;
    },
  });
  const rovers = Array.from({ length: roverCount }, (_, n) => {
    const rover = new Rover(String(n), gates, random);
    sent.set(rover.name, []);
    world.atEnd(() => {
      rover.stop();
      rover.client.end();
    });
    return rover;
  });
  await allLinked();
  await Promise.all(rovers.map((rover) => rover.enter()));
  let heralds = 0;
  let herald = await world.node(`other-${++heralds}`, {});
  const told: string[] = [];
  const playing = rovers.map((rover) => rover.play());
  let turn = 0;
  const push = (): void => {
    turn++;
    for (const { name } of rovers) sent.get(name)!.push(`group ${turn}`);
    for (let group = 0; group < groupCount; group++) {
      node.group(`group ${group}`).push(reliable, text(`group ${turn}`));
    }
    told.push(`herald ${turn}`);
    herald.everyone().push(reliable, text(`herald ${turn}`));
    for (const key of ["A", "B"]) node.everyone().push(latest, text(`${key} ${turn}`));
    const { name } = rovers[turn % roverCount]!;
    sent.get(name)!.push(`user ${turn}`);
    node.user(BigInt(name) + 1n).push(reliable, text(`user ${turn}`));
  };
  let pushing = setInterval(push, 4);
  try {
    for (let round = 0; round < rounds; round++) {
      await sleep(random() * 300);
      const first = Math.floor(random() * 3);
      const stops = random() < 0.4 ? [first, (first + 1 + Math.floor(random() * 2)) % 3] : [first];
      const former = stops.map((at) => gates[at]!);
      const places = former.map((gate) => ({ listen: gate.clientAddress!, links: gate.linkAddress! }));
      const together = random() * 30;
      await Promise.all(
        former.map(async (gate: Gate, at) => {
          if (at > 0) await sleep(together);
          await gate.close({ graceMs: 6_000 });
        }),
      );
      for (const [at, stop] of stops.entries()) {
        gates[stop] = await world.reopen(former[at]!, { ...places[at]!, ...ready });
      }
      await Promise.all([node.linked(), herald.linked(), allLinked()]);
      clearInterval(pushing);
      if (random() < 0.5) {
        await herald.close({ graceMs: 2_000 });
        herald = await world.node(`other-${++heralds}`, {});
      }
      pushing = setInterval(push, 4);
    }
    await sleep(100);
  } finally {
    clearInterval(pushing);
    for (const rover of rovers) rover.stop();
  }
  const stuck = sleep(
    20_000,
    rovers.map(({ name, wrong }) => `${name}: ${wrong}`).filter((line) => !line.endsWith(": ")),
  );
  expect(await Promise.race([Promise.all(playing).then(() => "done"), stuck])).toBe("done");
  await Promise.all(rovers.map(({ settled }) => settled));
  // A "latest" push that was written to a lost connection is lost; the next one is not.
  push();
  for (const { name, client, wrong } of rovers) {
    expect(wrong).toEqual([]);
    const expected = sent.get(name)!;
    const numbered = () => client.pushNumbers.length;
    await Promise.race([eventually(() => numbered() >= expected.length + told.length), sleep(5_000)]);
    const fromNode = client.pushes.filter((body) => /^(own|group|user) /.test(body));
    expect(fromNode).toEqual(expected);
    expect(of(client.pushes, "herald")).toEqual(told);
    expect(client.pushNumbers).toEqual(client.pushNumbers.map((_, at) => at + 1));
    expect(client.strayAnswers).toBe(0);
    for (const key of ["A", "B"]) {
      const values = of(client.pushes, key).map((body) => Number(body.slice(2)));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(values.at(-1)).toBe(turn);
    }
    const ran = of(runs, name);
    expect(ran).toEqual(ran.toSorted((a, b) => Number(a.split(" ")[1]) - Number(b.split(" ")[1])));
  }
  const answers = rovers.flatMap(({ answered }) => answered);
  expect(new Set(runs).size).toBe(runs.length);
  expect(runs.length).toBe(answers.length);
  for (let group = 0; group < groupCount; group++) {
    expect(await node.group(`group ${group}`).count()).toBe(roverCount / groupCount);
  }
  const users = gates.reduce((sum, gate) => sum + gate.status().users, 0);
  const sessions = gates.reduce((sum, gate) => sum + gate.status().sessions, 0);
  expect([users, sessions]).toEqual([roverCount, roverCount]);
});
