import { Redis } from "ioredis";

/** How a slot is moved. */
export interface SlotMove {
  /** Keys that go at a time. Default 100. */
  readonly batchCount?: number;
  /** Runs after each batch, with the number of keys that have gone. */
  readonly between?: (moved: number) => Promise<void>;
}

/** Says that a slot moves from one master to another; its keys stay where they are. */
export async function beginMove(fromUrl: string, toUrl: string, slot: number): Promise<void> {
  const from = new Redis(fromUrl);
  const to = new Redis(toUrl);
  try {
    await to.call("CLUSTER", "SETSLOT", slot, "IMPORTING", String(await from.call("CLUSTER", "MYID")));
    await from.call("CLUSTER", "SETSLOT", slot, "MIGRATING", String(await to.call("CLUSTER", "MYID")));
  } finally {
    from.disconnect();
    to.disconnect();
  }
}

/** Gives a slot, with its keys, to another master of a cluster, as an operator does. */
export async function moveSlot(
  fromUrl: string,
  toUrl: string,
  slot: number,
  { batchCount = 100, between = async () => undefined }: SlotMove = {},
): Promise<void> {
  await beginMove(fromUrl, toUrl, slot);
  const from = new Redis(fromUrl);
  const to = new Redis(toUrl);
  try {
    const toId = String(await to.call("CLUSTER", "MYID"));
    const { hostname, port } = new URL(toUrl);
    for (let moved = 0; ; ) {
      const keys = (await from.call("CLUSTER", "GETKEYSINSLOT", slot, batchCount)) as string[];
      if (keys.length === 0) break;
      // A key that is at both places already makes this fail.
      await from.call("MIGRATE", hostname, port, "", 0, 5_000, "KEYS", ...keys);
      moved += keys.length;
      await between(moved);
    }
    for (const node of [to, from]) await node.call("CLUSTER", "SETSLOT", slot, "NODE", toId);
  } finally {
    from.disconnect();
    to.disconnect();
  }
}

/** The URL of the master that has a slot. */
export async function masterOf(urls: readonly string[], slot: number): Promise<string> {
  const node = new Redis(urls[0]!);
  try {
    const ranges = (await node.call("CLUSTER", "SLOTS")) as [number, number, [string, number]][];
    const [, , [host, port]] = ranges.find(([first, last]) => first <= slot && slot <= last)!;
    return `redis://${host}:${port}`;
  } finally {
    node.disconnect();
  }
}

/** The slot of a hash tag. */
export async function slotOf(urls: readonly string[], tag: string): Promise<number> {
  const node = new Redis(urls[0]!);
  try {
    return Number(await node.call("CLUSTER", "KEYSLOT", `{${tag}}`));
  } finally {
    node.disconnect();
  }
}
