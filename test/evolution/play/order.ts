import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { commandsOf, identityOf } from "./lookup.ts";
import type { Side, Sides } from "./sides.ts";
import { until, World } from "./world.ts";

/** How long the first handler waits for another one to begin, in ms. */
const waitMs = 60;

/** Sends two requests at once. Nodes of two releases must agree whether the second one waits for the first. */
export async function playOrder(pair: Pair, { old, new: next }: Sides, findings: Findings): Promise<void> {
  for (const { call } of commandsOf(old.schema)) {
    const name = identityOf(pair, call.fullName);
    const other = commandsOf(next.schema).find((one) => identityOf(pair, one.call.fullName) === name)?.call;
    if (other === undefined || other.lane === call.lane) continue;
    const [was, is] = [await isOrdered(old, call.id), await isOrdered(next, other.id)];
    if (was !== is)
      findings.add("old node", `${name}: commands run ${was ? "one after another" : "at once"} there only`);
  }
}

async function isOrdered(side: Side, id: number): Promise<boolean> {
  await using world = await World.open(side, side);
  let isOverlapping = false;
  world.act = async ({ call }) => {
    const count = world.arrivals.length;
    if (count === 1) isOverlapping = await until(() => world.arrivals.length > 1, waitMs);
    return world.reply(call);
  };
  const connection = await world.client(side, "admin");
  const command = { id, name: "probe", request: raw, reply: raw, timeoutMs: 1_500, idempotent: false };
  await Promise.all([0, 1].map(() => connection.request(command, new Uint8Array())));
  return !isOverlapping;
}
