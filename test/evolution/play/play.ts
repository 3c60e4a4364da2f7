import type { Pair } from "../corpus/pair.ts";
import { playBodies } from "./bodies.ts";
import { playCachedRows } from "./cached-rows.ts";
import { playCachedTables } from "./cached-tables.ts";
import { playErrorCodes } from "./error-codes.ts";
import { Findings } from "./finding.ts";
import { playMethodTime } from "./method-time.ts";
import { playMethods } from "./methods.ts";
import { playOrder } from "./order.ts";
import { playPolicy } from "./policy.ts";
import { playPushes } from "./pushes.ts";
import { playReserved } from "./reserved.ts";
import { playRetries } from "./retries.ts";
import { playRoutes } from "./routes.ts";
import { playRows } from "./rows.ts";
import type { Sides, Workshop } from "./sides.ts";
import { playTalk } from "./talk.ts";

/**
 * Plays a pair with programs of both schemas and returns who was hurt.
 *
 * @throws Error when programs of one schema alone do not understand each other: then the player is wrong, or the runtime
 */
export async function play(pair: Pair, workshop: Workshop): Promise<Findings> {
  const sides = await workshop.sidesOf(pair);
  for (const side of [sides.old, sides.new]) {
    const alone = new Findings();
    await playAll(pair, { old: side, new: side }, workshop, alone);
    const [first] = alone.all;
    if (first !== undefined) throw new Error(`the ${side.age} schema alone: ${first.party}: ${first.what}`);
  }
  const findings = new Findings();
  await playAll(pair, sides, workshop, findings);
  return findings;
}

async function playAll(pair: Pair, sides: Sides, workshop: Workshop, findings: Findings): Promise<void> {
  await playTalk(pair, sides, findings);
  await playMethods(pair, sides, findings);
  await playBodies(sides, findings);
  await playReserved(sides, findings);
  await playPolicy(pair, sides, findings);
  await playRoutes(pair, sides, findings);
  await playPushes(pair, sides, findings);
  await playOrder(pair, sides, findings);
  await playRetries(pair, sides, findings);
  await playMethodTime(pair, sides, findings);
  await playErrorCodes(pair, sides, findings);
  await playRows(pair, sides, () => workshop.file(), findings);
  playCachedRows(pair, sides, findings);
  await playCachedTables(pair, sides, workshop.servers, findings);
}
