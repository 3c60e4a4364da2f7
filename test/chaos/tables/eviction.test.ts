import { describe, test } from "vitest";
import { type EvictionPolicy, soundPolicies, unsoundPolicies } from "../../setup/servers/full-redis.ts";
import { fullFixture } from "./fixture/redis-mysql.ts";
import { crashRound } from "./round.ts";

/** `npm run test:eviction` asks for the whole: `EVICTION_MS=15000`. Without that it is the shortest of it. */
const wholeMs = Number(process.env["EVICTION_MS"] || 0);
const roundMs = wholeMs || 3_000;
const seed = Number(process.env["EVICTION_SEED"] || 1);
/** What a round may take besides, milliseconds: starting, coming back, looking at everything. */
const besidesMs = 240_000;

type Case = readonly [policy: EvictionPolicy, durability: "write-behind" | "write-through"];

const shortest: readonly Case[] = [["volatile-ttl", "write-behind"]];
const all: readonly Case[] = [
  ...soundPolicies.map((policy): Case => [policy, "write-behind"]),
  // What is accepted of these with `allowEviction` is that they lose changes of write-behind tables.
  ...[...soundPolicies, ...unsoundPolicies].map((policy): Case => [policy, "write-through"]),
];

describe("a Redis full of clean rows, before MySQL", () => {
  for (const [policy, durability] of wholeMs === 0 ? shortest : all) {
    test.concurrent(`loses nothing that was acknowledged, and gives no name to two rows (${policy}, ${durability})`, {
      timeout: roundMs + besidesMs,
    }, async ({ onTestFinished }) => {
      const fixture = await fullFixture(policy, durability === "write-through" ? durability : undefined);
      onTestFinished(() => fixture[Symbol.asyncDispose]());
      await crashRound(fixture, { seed, workers: 4, rows: 1_000, ms: roundMs, leastChanges: 300 });
    });
  }
});
