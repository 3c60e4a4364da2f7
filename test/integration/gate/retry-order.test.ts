import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { GameNode } from "../../../runtime/node/node.ts";
import { outcome } from "../../../runtime/rpc/envelope/failure-outcome.ts";
import { generator } from "../../setup/generator.ts";
import { text } from "./raw-client.ts";
import { commands, patientProtocol } from "./schema.ts";
import { kill, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();

/** Commands of one lane: sticky, and hashed by the first letter, idempotent or not. */
const laned = [
  commands.hashed,
  commands.lookHashed,
  commands.sticky,
  commands.lookSticky,
  commands.lookHashed,
];
const names = ["probe-1", "probe-2", "probe-3"];
const clientCount = 4;
const strikes = 6;

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "while nodes are lost and replaced, requests of a lane run in their order, and only lost ones twice (seed %i)",
  async (seed) => {
    const random = generator(seed);
    const gate = await world.gate({
      protocol: patientProtocol,
      limits: { guestRate: false, nodeWaitMs: 30_000 },
    });
    /** Requests that a node has begun before its end, in order: their texts. */
    const ran: string[] = [];
    const lives = new Map<string, { node: GameNode; isDead: boolean }>();
    const open = async (name: string): Promise<void> => {
      const life = { isDead: false };
      const run = async (body: Uint8Array): Promise<Uint8Array> => {
        if (!life.isDead) ran.push(decoder.decode(body));
        await sleep(random() * 4);
        return body;
      };
      const handlers = { hashed: run, lookHashed: run, sticky: run, lookSticky: run };
      lives.set(name, Object.assign(life, { node: await world.node(name, handlers) }));
    };
    for (const name of names) await open(name);

    const answered = new Set<string>();
    const failed = new Map<string, number>();
    let over = false;
    const play = async (at: number): Promise<void> => {
      const client = await world.client();
      const waiting: Promise<void>[] = [];
      for (let number = 0; !over; number++) {
        const { id, idempotent } = laned[Math.floor(random() * laned.length)]!;
        const letter = String.fromCharCode(97 + Math.floor(random() * 26));
        const body = `${letter} ${at} ${number} ${idempotent ? "look" : "once"}`;
        const answer = client.request(id, text(body));
        waiting.push(
          answer.then((reply) => {
            if (reply instanceof Uint8Array) answered.add(body);
            else failed.set(body, reply.outcome);
          }),
        );
        // Below what a lane takes, so that it is mostly empty when nothing is lost.
        await sleep(random() * 8);
      }
      await Promise.all(waiting);
    };
    const playing = Promise.all(Array.from({ length: clientCount }, (_, at) => play(at)));
    for (let strike = 0; strike < strikes; strike++) {
      await sleep(40 + random() * 80);
      const name = names[Math.floor(random() * names.length)]!;
      const life = lives.get(name)!;
      if (random() < 0.3) await life.node.close();
      else {
        life.isDead = true;
        await kill(life.node);
      }
      await sleep(random() * 60);
      await open(name);
    }
    await sleep(100);
    over = true;
    await playing;

    expect(gate.counters.get("relay.awaited") + gate.counters.get("relay.retried")).toBeGreaterThan(0);
    expect([...failed].filter(([body, how]) => body.endsWith("look") || how !== outcome.mayHaveRun)).toEqual(
      [],
    );
    const counts = new Map<string, number>();
    for (const body of ran) counts.set(body, (counts.get(body) ?? 0) + 1);
    expect([...counts].filter(([body, count]) => count > 1 && body.endsWith("once"))).toEqual([]);
    for (let at = 0; at < clientCount; at++) {
      const mine = [...answered].filter((body) => Number(body.split(" ")[1]) === at);
      // The run that was answered is the last one.
      const lastRuns = mine.sort((a, b) => ran.lastIndexOf(a) - ran.lastIndexOf(b));
      const numbers = lastRuns.map((body) => Number(body.split(" ")[2]));
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
  },
);
