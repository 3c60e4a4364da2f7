import { Large, Progress, Purse, Small } from "./fixtures/server/tables.messages.ts";

/** What one row of a game may look like; no two are alike. */
export function smallRow(id: bigint): Small {
  return Small.create(filled(Small.create(), id));
}

export function largeRow(id: bigint): Large {
  return Large.create(filled(Large.create(), id));
}

export function purseRow(id: bigint): Purse {
  return Purse.create({ id, gold: 1_000n + id, dust: 17n * id, keys: 3, guild: `guild ${id % 100n}` });
}

export function progressRow(id: bigint): Progress {
  const level = Number(id % 90n);
  return Progress.create({
    ...{ id, level, experience: 1_234n * id, x: Number(id) / 7, y: Number(id) / 11 },
    ...{ meadow: `meadow ${id % 40n}`, isAwake: true, lastSeen: 1_700_000_000_000n + id },
  });
}

/** The row as a program without a schema would keep it: names and values, every number a plain one. */
export function dictOf(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value]),
  );
}

function filled<T extends object>(empty: T, id: bigint): T {
  const seed = Number(id);
  const values = Object.entries(empty).map(([name, value], at) => {
    const number = (seed * 7919 + at * 104_729) % 1_000_000;
    if (typeof value === "bigint") return [name, name === "id" ? id : BigInt(number)];
    if (typeof value === "number") return [name, number];
    if (typeof value === "string") return [name, `firefly ${number}`];
    return [name, number % 2 === 0];
  });
  return Object.fromEntries(values) as T;
}
