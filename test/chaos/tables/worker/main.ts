import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "../../../../runtime/log/logger.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import { heroOf, openStore, type StoreSpec } from "../../../conformance/tables/place.ts";
import { generator } from "../../../setup/generator.ts";

/*
 * The program of a worker: `main SPEC IDS LIFE SEED TAKES`, the first two JSON. It changes rows at random until it is killed,
 * and prints each change before it asks for it, and what became of it:
 *
 *     begin MARK KIND ID    gold: one is added to the row's gold; note: its note becomes MARK; turn: its level and luck become
 *                           MARK, if it still has the version that was read; take: a new row is called ID, which is a
                           name that other workers try to take at the same time
 *     done MARK VALUE       acknowledged; VALUE is the gold then, the row's version, or the new row's id
 *     refused MARK          the row was changed in between, another has the name, Redis is full, or it was not sent: this did
 *                           not happen
 *     unknown MARK          the outcome of the change is unknown
 *     error MESSAGE         what the store wrote to its log as an error, and calls that outlasted their limit
 *
 * A mark is a number that no other change of the round has. Which row each lane changes next, and how, the seed decides; how
 * far it comes is up to the machine.
 */

const [specText = "", ids = "", life = "", seed = "", takes = ""] = process.argv.slice(2);
const spec = JSON.parse(specText) as StoreSpec;
const heroTable = heroOf(spec);
/** The part of all changes that are new names, when there are any; and for how long a name is tried, milliseconds. */
const takesPart = takes === "takes" ? 0.1 : 0;
const nameMs = 4;
const keys = (JSON.parse(ids) as string[]).map(BigInt);
const laneCount = 8;
const columnOf = (property: string) => heroTable.columns.findIndex((column) => column.property === property);
const [gold, note, level, luck] = ["gold", "note", "level", "luck"].map(columnOf) as [
  number,
  number,
  number,
  number,
];
let serial = Number(life) * 1_000_000;

const store = await open();

/** Opens the store. A server that is frozen at this moment, or has no turn at the machine, is tried again. */
async function open(): ReturnType<typeof openStore> {
  const error = (details: object, message: string) => say(`error ${message}: ${JSON.stringify(details)}`);
  for (;;) {
    try {
      return await openStore(spec, { ...silentLogger, error });
    } catch (failure) {
      if (!isPhotinusError(failure) || failure.code !== "UNAVAILABLE") throw failure;
    }
  }
}

/** How long a call may take: what docs/DATA.md says of the options. */
const limitMs = limitOf(spec);

function limitOf(place: StoreSpec): number {
  if (place.kind === "embedded") return place.busyMs ?? 20_000;
  const { silenceMs = 10_000, reconnectWaitMs = 100, timeoutMs = 15_000 } = place.options ?? {};
  // All rows are cached: changes of write-behind tables need Redis alone.
  return silenceMs + reconnectWaitMs + (place.heroes === "write-through" ? timeoutMs : 0);
}

/** Time of this process, milliseconds: while it is frozen, or has no turn at the machine, it stands still. */
let awakeMs = 0;
const tickMs = 50;
let lastTick = performance.now();
setInterval(() => {
  const now = performance.now();
  awakeMs += Math.min(now - lastTick, 3 * tickMs);
  lastTick = now;
}, tickMs);

/** What has not happened, for sure. */
const refusals: readonly string[] = ["ABORTED", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED"];

async function take(): Promise<void> {
  const name = `taken-${Math.floor(Date.now() / nameMs)}`;
  await told(++serial, "take", name, async () => {
    const { values } = await store.create(heroTable, heroTable.valuesOf(heroTable.newRow({ name })));
    return values[0];
  });
}

async function change(kind: number, id: bigint): Promise<void> {
  const mark = ++serial;
  const key = [id];
  if (kind < 0.4) {
    await told(mark, "gold", id, () => store.increment(heroTable, key, { column: gold, delta: 1n }));
  } else if (kind < 0.8) {
    await told(mark, "note", id, () => store.write(heroTable, key, [{ column: note, value: String(mark) }]));
  } else {
    const [row] = await timed("read", () => store.read(heroTable, [key]));
    const both = [level, luck].map((column) => ({ column, value: mark }));
    await told(mark, "turn", id, () => store.write(heroTable, key, both, row!.version));
  }
}

async function told(
  mark: number,
  kind: string,
  id: bigint | string,
  work: () => Promise<unknown>,
): Promise<void> {
  say(`begin ${mark} ${kind} ${id}`);
  try {
    say(`done ${mark} ${await timed(kind, work)}`);
  } catch (error) {
    if (isPhotinusError(error) && refusals.includes(error.code)) {
      say(`refused ${mark}`);
      if (error.retryAfterMs > 0) await sleep(20);
    } else if (isPhotinusError(error) && error.outcome === "not sent") {
      say(`refused ${mark}`);
      throw error;
    } else {
      say(`unknown ${mark}`);
      throw error;
    }
  }
}

/** Calls that outlast their limit by more than a second are errors. */
async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = awakeMs;
  try {
    return await work();
  } finally {
    const ms = Math.round(awakeMs - begun);
    if (ms > limitMs + 1_000) say(`error a call (${what}) took ${ms} ms, and its limit is ${limitMs}`);
  }
}

async function lane(_: unknown, number: number): Promise<void> {
  const random = generator((Number(seed) * 1_000 + Number(life)) * laneCount + number);
  for (;;) {
    const kind = random();
    const id = keys[Math.floor(random() * keys.length)]!;
    try {
      if (takesPart > 0 && random() < takesPart) await take();
      else await change(kind, id);
    } catch (error) {
      if (!isPhotinusError(error) || error.code !== "UNAVAILABLE") throw error;
      await sleep(100);
    }
  }
}

/** Writes a line synchronously: a kill right after an acknowledgement must not lose its line. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

await Promise.all(Array.from({ length: laneCount }, lane));
