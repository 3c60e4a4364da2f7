import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isPhotinusError } from "../../../schema/errors.ts";
import { heroTable } from "../../conformance/cache/fixtures/server/index.ts";
import { openStore, type StoreSpec } from "../../conformance/cache/place.ts";
import { generator } from "../../conformance/cache/worker/random.ts";

/*
 * The program of a worker: `worker SPEC IDS NAME SEED`, the first two JSON. It changes rows at random until it is killed, and
 * prints each change when it was acknowledged:
 *
 *     gold ID VALUE            one was added to the row's gold, which was VALUE then
 *     note ID VERSION MARK     the row's note is MARK since VERSION
 *     turn ID VERSION MARK     level and luck are MARK since VERSION, written if the row had the version before
 *     lost ID MARK             nobody knows whether it happened
 */

const [spec = "", ids = "", name = "", seed = ""] = process.argv.slice(2);
const keys = (JSON.parse(ids) as string[]).map(BigInt);
const random = generator(Number(seed));
const laneCount = 8;
const columns = Object.fromEntries(heroTable.columns.map(({ property }, at) => [property, at]));
let serial = 0;

const store = await openStore(JSON.parse(spec) as StoreSpec);

async function change(id: bigint, mark: string): Promise<void> {
  const kind = random();
  if (kind < 0.4) {
    const value = await store.increment(heroTable, [id], { column: columns["gold"]!, delta: 1n });
    say(`gold ${id} ${value}`);
  } else if (kind < 0.8) {
    const version = await store.write(heroTable, [id], [{ column: columns["note"]!, value: mark }]);
    say(`note ${id} ${version} ${mark}`);
  } else {
    const [row] = await store.read(heroTable, [[id]]);
    const number = Number(mark.split("-")[1]);
    const both = [columns["level"]!, columns["luck"]!].map((column) => ({ column, value: number }));
    const version = await store.write(heroTable, [id], both, row!.version);
    say(`turn ${id} ${version} ${number}`);
  }
}

async function lane(): Promise<void> {
  for (;;) {
    const id = keys[Math.floor(random() * keys.length)]!;
    const mark = `${name}-${++serial}`;
    try {
      await change(id, mark);
    } catch (error) {
      if (!isPhotinusError(error)) throw error;
      if (error.code === "ABORTED") continue;
      if (error.code !== "UNAVAILABLE") throw error;
      say(`lost ${id} ${mark}`);
      await sleep(20 + 30 * random());
    }
  }
}

/** At once, so that what was acknowledged is told even if the process is killed right after. */
function say(line: string): void {
  writeSync(1, `${line}\n`);
}

await Promise.all(Array.from({ length: laneCount }, lane));
