import { expect, test } from "vitest";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { text } from "./raw-client.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands, reliable } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const playerCount = 60;
const groupCount = 6;

/** A player that asks without a pause, follows its session from gate to gate, and keeps what it has got. */
class Player {
  readonly client: ResumingClient;
  readonly name: string;
  readonly answered: string[] = [];
  readonly wrong: string[] = [];
  readonly #gates: readonly Gate[];
  #over = false;

  constructor(gate: Gate, gates: readonly Gate[], name: string) {
    this.client = new ResumingClient(gate);
    this.name = name;
    this.#gates = gates;
  }

  async enter(): Promise<void> {
    await this.client.connect();
    await this.client.ask(commands.login.id, this.name);
    void this.#follow();
  }

  async play(): Promise<void> {
    for (let n = 0; !this.#over; n++) {
      const body = `${this.name} ${n}`;
      const answer = await this.client.ask(commands.free.id, body);
      (answer === body ? this.answered : this.wrong).push(body);
    }
  }

  stop(): void {
    this.#over = true;
  }

  async #follow(): Promise<void> {
    try {
      for (;;) {
        const { resumed } = await this.client.follow(this.#gates);
        if (!resumed) this.wrong.push("a new session");
      }
    } catch (error) {
      if (!this.#over) this.wrong.push(String(error));
    }
  }
}

test("all sessions move to the other gate and back under load: nothing is lost, run twice or out of order", async () => {
  const gates = [await world.gate(), await world.gate()];
  const runs: string[] = [];
  const pushed = new Map<string, string[]>();
  const node = await world.node("probe-1", {
    async login(body, ctx) {
      const number = Number(decoder.decode(body));
      await ctx.session.bind(BigInt(number + 1));
      ctx.session.join(`group ${number % groupCount}`);
      return text("in");
    },
    async free(body, ctx) {
      runs.push(decoder.decode(body));
      const own = `own ${decoder.decode(body)}`;
      pushed.get(String(Number(ctx.userId) - 1))?.push(own);
      ctx.session.push(reliable, text(own));
      if (Math.random() < 0.3) await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      return body;
    },
  });
  const herald = await world.node("other-1", {});
  let told = 0;
  const players = Array.from({ length: playerCount }, (_, n) => {
    pushed.set(String(n), []);
    const player = new Player(gates[n % 2]!, gates, String(n));
    world.atEnd(() => player.client.end());
    return player;
  });
  await Promise.all(players.map((player) => player.enter()));
  const playing = players.map((player) => player.play());
  let turn = 0;
  const pushing = setInterval(() => {
    turn++;
    for (let group = 0; group < groupCount; group++) {
      const body = `group ${turn}`;
      node.group(`group ${group}`).push(reliable, text(body));
      for (const { name } of players) if (Number(name) % groupCount === group) pushed.get(name)!.push(body);
    }
    herald.everyone().push(reliable, text(`herald ${++told}`));
    const { name } = players[turn % playerCount]!;
    pushed.get(name)!.push(`user ${turn}`);
    node.user(BigInt(Number(name) + 1)).push(reliable, text(`user ${turn}`));
  }, 3);
  try {
    for (const [stops, stays] of [
      [0, 1],
      [1, 0],
    ] as const) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const former = gates[stops]!;
      const { host, port } = former.clientAddress!;
      const links = former.linkAddress!;
      await former.close({ graceMs: 8_000 });
      expect(gates[stays]!.status()).toMatchObject({ sessions: playerCount, users: playerCount });
      gates[stops] = await world.reopen(former, { listen: { host, port }, links });
      await Promise.all([node.linked(), herald.linked()]);
      await eventually(() => gates.every((gate) => gate.status().gates.every(({ linked }) => linked)));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  } finally {
    clearInterval(pushing);
    for (const player of players) player.stop();
  }
  await Promise.all(playing);
  for (const { name, client, wrong, answered } of players) {
    expect(wrong).toEqual([]);
    expect(answered.length).toBeGreaterThan(0);
    const expected = pushed.get(name)!;
    await eventually(() => client.pushes.length >= expected.length + told);
    const [ofHerald, ofNode] = [true, false].map((is) =>
      client.pushes.filter((push) => push.startsWith("herald") === is),
    );
    expect(ofNode).toEqual(expected);
    expect(ofHerald).toEqual(Array.from({ length: told }, (_, at) => `herald ${at + 1}`));
    expect(client.pushNumbers).toEqual(client.pushNumbers.map((_, at) => at + 1));
    expect(client.strayAnswers).toBe(0);
  }
  const answers = players.flatMap(({ answered }) => answered);
  expect(new Set(runs).size).toBe(runs.length);
  expect(runs.length).toBe(answers.length);
  for (let group = 0; group < groupCount; group++) {
    expect(await node.group(`group ${group}`).count()).toBe(playerCount / groupCount);
  }
});
