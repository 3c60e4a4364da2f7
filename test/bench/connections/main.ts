/**
 * `npm run bench -- connections`: what an idle session costs a gate, against a bare socket. Each session is bound to a user and in a
 * group, and can be resumed. The bare servers hold sockets of `net`, or of `ws`, and send back what they get.
 *
 * - memory of a connection: heap and resident memory after garbage collection, as the slope between two numbers of connections
 * - logins, as many as the sessions: time from the first dial to the last answer
 * - heartbeats: share of a core that the server has with all sessions idle, each of which sends a ping every 15 seconds
 */
import { parseArgs } from "node:util";
import { isOver, type Over } from "../game/frames/crowd.ts";
import { needDescriptors } from "../harness/descriptors.ts";
import type { Memory } from "../harness/memory.ts";
import { inPairs, median } from "../harness/pairs.ts";
import { printCases } from "../harness/result.ts";
import { lineOf, type Row, rowOf } from "./report.ts";
import { Side, type SideName } from "./sides.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "10000" },
    over: { type: "string", default: "tcp,websocket" },
    /** How long heartbeats are measured. */
    seconds: { type: "string", default: "15" },
    /** Measurements of memory and of logins, each in new processes. */
    pairs: { type: "string", default: "3" },
    measure: { type: "string", default: "memory,logins,heartbeats" },
  },
});
const sessions = Number(values.sessions);
const overs = values.over.split(",");
const seconds = Number(values.seconds);
const pairs = Number(values.pairs);
const measures = values.measure.split(",");
const known = ["memory", "logins", "heartbeats"];
if (
  !(Number.isSafeInteger(sessions) && sessions >= 10) ||
  !overs.every(isOver) ||
  !(seconds > 0) ||
  !(pairs > 0) ||
  !measures.every((one) => known.includes(one))
) {
  console.error(
    `usage: connections [--sessions N, 10 or more] [--over tcp,websocket] [--seconds S] [--pairs N] [--measure ${known}]`,
  );
  process.exit(1);
}
needDescriptors(sessions);

/** The slope is that between a tenth and half of the sessions. */
const fewer = Math.round(sessions / 10);
const more = Math.round(sessions / 2);
const barely = { tcp: "bare sockets of net", websocket: "bare sockets of ws" } as const;

/** Memory of one connection: of the server's process, without what it has for all of them. */
async function memoryOfConnection(name: SideName, over: Over): Promise<Memory> {
  await using side = await Side.open(name, over);
  // Memory that all connections share, such as compiled code, has its size afterwards.
  await side.grow(fewer);
  await side.clear();
  await side.grow(fewer);
  const before = await side.memory();
  await side.grow(more);
  const after = await side.memory();
  const slope = (of: keyof Memory) => (after[of] - before[of]) / (more - fewer);
  return {
    heapBytes: slope("heapBytes"),
    externalBytes: slope("externalBytes"),
    residentBytes: slope("residentBytes"),
  };
}

async function measureMemory(over: Over): Promise<readonly Row[]> {
  const taken: Record<SideName, Memory[]> = { game: [], bare: [] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const name of ["game", "bare"] as const) taken[name].push(await memoryOfConnection(name, over));
  }
  const rows = [
    { what: "heap", of: "heapBytes", most: 3_000 },
    { what: "resident", of: "residentBytes", most: 6_000 },
    { what: "outside of heap", of: "externalBytes", most: undefined },
  ] as const;
  return rows.map(({ what, of, most }) => {
    const [ours, theirs] = [taken.game, taken.bare].map((all) => median(all.map((one) => one[of])));
    const demand = most === undefined ? undefined : ({ what: "above", most } as const);
    return rowOf(`${over} ${what}`, "bytes a connection", ours!, barely[over], theirs!, demand);
  });
}

async function measureLogins(over: Over): Promise<Row> {
  await using game = await Side.open("game", over);
  await using bare = await Side.open("bare", over);
  const run = (side: Side) => async () => {
    const ms = await side.grow(sessions);
    await side.clear();
    return ms;
  };
  const [ours, theirs] = [run(game), run(bare)] as const;
  await ours();
  await theirs();
  const paired = await inPairs(pairs, ours, theirs);
  const row = rowOf(`${over} logins`, `ms for ${sessions}`, paired.ours, barely[over], paired.theirs, {
    what: "ratio",
    most: 1.5,
  });
  return {
    ...row,
    ratio: Number(paired.ratio.toFixed(3)),
    ratios: paired.ratios.map((one) => Number(one.toFixed(2))),
  };
}

async function shareOfIdle(name: SideName, over: Over): Promise<number> {
  await using side = await Side.open(name, over);
  await side.grow(sessions);
  // Work that the logins have left, such as garbage collection, is not measured.
  await side.memory();
  return (await side.share(seconds * 1_000)) * 100;
}

async function measureHeartbeats(over: Over): Promise<Row> {
  const ours = await shareOfIdle("game", over);
  const theirs = await shareOfIdle("bare", over);
  return rowOf(`${over} heartbeats`, "% of a core", ours, barely[over], theirs, { what: "ours", most: 1 });
}

const rows: Row[] = [];
function show(...some: readonly Row[]): void {
  for (const row of some) console.log(lineOf(row));
  rows.push(...some);
}
for (const over of overs.filter(isOver)) {
  if (measures.includes("memory")) show(...(await measureMemory(over)));
  if (measures.includes("logins")) show(await measureLogins(over));
  if (measures.includes("heartbeats")) show(await measureHeartbeats(over));
}
printCases("connections", rows, { sessions, pairs });
