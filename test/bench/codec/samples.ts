import type { Move, Profile, Scene } from "./fixtures/bench.messages.ts";

/** Sixteen of each size: the same shape, other values, so that nothing can be guessed. */
export const sampleCount = 16;

function samples<T>(make: (n: number) => T): T[] {
  return Array.from({ length: sampleCount }, (_, n) => make(n));
}

export const moves: readonly Move[] = samples((n) => ({
  playerId: 4000 + n,
  x: 1.5 * n + 0.1,
  y: n - 2.25,
  heading: 0.7 + n / 10,
  tick: 99 + n,
  sentMs: 1.7e12 + n,
}));

export const profiles: readonly Profile[] = samples((n) => ({
  id: 9_007_199_254_000 + n,
  name: `Lampyris ${n}`,
  title: "Keeper of the western meadow",
  level: 40 + n,
  gold: 123_456_789 + n,
  rating: 1512.25 + n,
  luck: 0.25 * n + 0.1,
  online: true,
  rank: 1,
  karma: n - 100,
  guild: { id: 7 + n, name: "Night lights", rank: 2 },
  items: [
    { kind: 1, count: 20 + n, label: "lantern" },
    { kind: 5, count: 300 + n, label: "dew drop" },
    { kind: 9, count: 1, label: "old map" },
  ],
  badges: [1, 5, 12, 130, 700 + n],
  stats: new Map([
    ["flashes", 5123 + n],
    ["steps", 120_000 + n],
    ["meadows", 12],
  ]),
  avatar: new Uint8Array(24).fill(n + 1),
  motto: "We glow, therefore we are",
  flags: 0xdeadbee0 + n,
  email: "firefly@meadow.example",
  friends: ["Luciola", "Photuris", "Aspisoma"],
  seenAt: 1_700_000_000_000 + n,
}));

export const scenes: readonly Scene[] = samples((n) => ({
  tick: 700 + n,
  entities: Array.from({ length: 100 }, (_, i) => ({
    id: 1000 + i,
    kind: (i % 7) + 1,
    x: i * 1.3 + n + 0.1,
    y: i * 0.7 + 0.2,
    vx: 0.25 + n,
    vy: -0.5,
    hp: 100 + i,
    name: `entity-${i}`,
  })),
}));
