/**
 * A node of the benchmarks' game for `soak`: `node.ts LINK_PORT FIRST_LISTENER`. Users from that number on join the hall; the others get
 * no pushes between their answers.
 */

import * as game from "../game/fixtures/server/bench/game.service.ts";
import { openNode } from "../game/open-node.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { memoryAfterCollection } from "../harness/memory.ts";

const [linkPort, firstListener = 0] = process.argv.slice(2).map(Number);
const service = game.implement({
  async join(ticket, ctx) {
    await ctx.session.bind(ticket.user);
    if (ticket.user >= firstListener) ctx.session.join("hall");
    return ticket;
  },
  echo: (body) => body,
  step: (motion) => motion,
  tell: (body, ctx) => game.pushTold(ctx.group("hall"), body),
});
const node = await openNode(linkPort!, { service });
serveParent(async (question) =>
  question === "heap" ? memoryAfterCollection("regular") : { counters: node.status().counters },
);
tellParent({ ready: true });
