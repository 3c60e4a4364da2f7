import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import type { Pair } from "../corpus/pair.ts";
import type { Findings } from "./finding.ts";
import { commandsOf, identityOf } from "./lookup.ts";
import type { Side, Sides } from "./sides.ts";
import { until, World } from "./world.ts";

/** How long the first handler waits for the other one to begin, in ms. */
const waitMs = 150;

/**
 * Sends two requests at once, of one command or of two. Nodes of both releases must agree whether the second one waits for the
 * first, since a player has both while they are replaced.
 */
export async function playOrder(pair: Pair, { old, new: next }: Sides, findings: Findings): Promise<void> {
  const find = (side: Side, name: string) =>
    commandsOf(side.schema).find(({ call }) => identityOf(pair, call.fullName) === name)?.call;
  const names = commandsOf(old.schema).map(({ call }) => identityOf(pair, call.fullName));
  const isChanged = names.some((name) => {
    const [was, is] = [find(old, name), find(next, name)];
    return is !== undefined && is.lane !== was?.lane;
  });
  if (!isChanged) return;
  for (const first of names) {
    for (const second of names) {
      const ids = (side: Side) => [find(side, first)?.id, find(side, second)?.id];
      const [was, is] = [await isOrdered(old, ids(old)), await isOrdered(next, ids(next))];
      if (was === is) continue;
      const where = was ? "old" : "new";
      findings.add("old node", `${second} waits for ${first} at ${where} nodes only`);
    }
  }
}

/** Whether the handler of the second command begins after that of the first one has ended. */
async function isOrdered(side: Side, ids: readonly (number | undefined)[]): Promise<boolean> {
  await using world = await World.open(side, side);
  let isOverlapping = false;
  world.act = async ({ call }) => {
    const count = world.arrivals.length;
    if (count === 1) isOverlapping = await until(() => world.arrivals.length > 1, waitMs);
    return world.reply(call);
  };
  const connection = await world.client(side, "admin");
  const command = { name: "probe", request: raw, reply: raw, timeoutMs: 1_500, idempotent: false };
  const known = ids.filter((id) => id !== undefined);
  await Promise.all(known.map((id) => connection.request({ ...command, id }, new Uint8Array())));
  return !isOverlapping;
}
