import type { Connection } from "@photinus/client/node";
import type { CommandEntry } from "../../../runtime/api/protocol.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { identityOf } from "./lookup.ts";
import type { Side, Sides } from "./sides.ts";
import { World, type WorldOptions } from "./world.ts";

const levels = [undefined, "user", "admin"] as const;
/** Sizes of bodies that are tried, in bytes. */
const sizes = [8, 24, 48, 96, 1_024];
/** Calls in one tick; more than the largest burst of the corpus. */
const burstCount = 128;
const requestMs = 1_500;
/** Difference of two deadlines that is no matter of scheduling, in ms. */
const noticeableMs = 300;

/** A command of both releases, as both gates know it. */
interface Both {
  readonly name: string;
  readonly before: CommandEntry;
  readonly after: CommandEntry;
}

/** Acts on the limits of each command at servers of both releases: who may call, how often, with how much, for how long. */
export async function playPolicy(pair: Pair, sides: Sides, findings: Findings): Promise<void> {
  const { old, new: next } = sides;
  const boths = old.protocol.commands.flatMap((before): Both[] => {
    const name = identityOf(pair, before.name);
    const after = next.protocol.commands.find((one) => identityOf(pair, one.name) === name);
    // A command with another id or kind is another player's matter.
    return after?.id === before.id && after.kind === "request" && before.kind === "request"
      ? [{ name, before, after }]
      : [];
  });
  for (const both of boths) {
    const { before, after, name } = both;
    if (before.auth !== after.auth) await playAuth(both, old, next, findings);
    if (before.minRelease !== after.minRelease) await playRelease(both, sides, findings);
    const change = async (what: string, of: (side: Side) => Promise<number>) => {
      const [was, is] = [await of(old), await of(next)];
      if (is < was) findings.add("old client", `${name}: ${what} was ${was} and is ${is}`);
    };
    if (before.rate !== undefined || after.rate !== undefined)
      await change("calls in one burst", (side) => burstAt(side, before.id));
    if (before.maxBytes !== after.maxBytes)
      await change("largest body in bytes", (side) => largestAt(side, before.id));
    if (before.timeoutMs !== after.timeoutMs)
      await change(`time for an answer in steps of ${noticeableMs} ms`, (side) => timeAt(side, before.id));
  }
}

async function playAuth({ name, before }: Both, old: Side, next: Side, findings: Findings): Promise<void> {
  for (const level of levels) {
    const [was, is] = [await isServed(old, before.id, level), await isServed(next, before.id, level)];
    const who = level ?? "guest";
    if (was && !is) findings.add("old client", `${name} refuses a session of the level ${who}`);
    if (is && !was) findings.opened.push(`${name} serves a session of the level ${who}`);
  }
}

/** Asks nodes of the first release through gates of both schemas. */
async function playRelease({ name, before }: Both, sides: Sides, findings: Findings): Promise<void> {
  const isServedBy = async (gate: Side): Promise<boolean> => {
    await using world = await World.open(gate, sides.old, { release: 1, limits: { nodeWaitMs: 0 } });
    return await isAnswered(await world.client(sides.old, "admin"), before.id, new Uint8Array());
  };
  const [was, is] = [await isServedBy(sides.old), await isServedBy(sides.new)];
  if (was !== is)
    findings.add("old node", `${name}: it ${is ? "gets the call again" : "gets the call no more"}`);
}

async function isServed(side: Side, id: number, level: (typeof levels)[number]): Promise<boolean> {
  await using world = await World.open(side, side);
  const connection = await world.client(side, level);
  return await isAnswered(connection, id, new Uint8Array());
}

/** Calls that are served of many in one tick, while the gate's clock stands still. */
async function burstAt(side: Side, id: number): Promise<number> {
  await using world = await World.open(side, side, { clock: new FakeClock() } satisfies WorldOptions);
  const connection = await world.client(side, "admin");
  const calls = Array.from({ length: burstCount }, () => isAnswered(connection, id, new Uint8Array()));
  return (await Promise.all(calls)).filter(Boolean).length;
}

async function largestAt(side: Side, id: number): Promise<number> {
  await using world = await World.open(side, side);
  const connection = await world.client(side, "admin");
  let largest = 0;
  for (const size of sizes) if (await isAnswered(connection, id, unknownField(size))) largest = size;
  return largest;
}

async function timeAt(side: Side, id: number): Promise<number> {
  await using world = await World.open(side, side);
  let leftMs = 0;
  world.act = ({ call }, context) => {
    leftMs = context.remainingMs();
    return world.reply(call);
  };
  await isAnswered(await world.client(side, "admin"), id, new Uint8Array(), {});
  return Math.round(leftMs / noticeableMs);
}

/** Whether a request is answered without an error. */
async function isAnswered(
  connection: Connection,
  id: number,
  body: Uint8Array,
  options: { readonly timeoutMs?: number } = { timeoutMs: requestMs },
): Promise<boolean> {
  const command = { id, name: "probe", request: raw, reply: raw, timeoutMs: 60_000, idempotent: false };
  return connection.request(command, body, options).then(
    () => true,
    () => false,
  );
}

/** Body of a size: one field that no schema of the corpus has, which every reader skips. */
function unknownField(size: number): Uint8Array {
  const length = size - 4;
  // Field 1000 with a length of two bytes.
  const head = [0xc2, 0x3e, 0x80 | (length & 0x7f), length >> 7];
  return Uint8Array.from([...head, ...new Uint8Array(length)]);
}
