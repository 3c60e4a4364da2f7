/** A node whose clients with high numbers get pushes: `node.ts LINK_PORT`. While it is switched on, it pushes as fast as it is told. */
import * as game from "../game/fixtures/server/bench/game.service.ts";
import { openNode } from "../game/open-node.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { firstFlooder } from "./attacks.ts";

/** Pushes of the node to the group of those who never read. */
export interface PushSwitch {
  readonly perSecond: number;
  readonly bytes: number;
}

const group = "flood";
const everyMs = 10;

const service = game.implement({
  async join(ticket, ctx) {
    await ctx.session.bind(ticket.user);
    if (ticket.user >= firstFlooder) ctx.session.join(group);
    return ticket;
  },
  echo: (body) => body,
  step: (motion) => motion,
  tell() {},
});

const node = await openNode(Number(process.argv[2]), { service });
let timer: ReturnType<typeof setInterval> | undefined;
serveParent(async ({ perSecond, bytes }: PushSwitch) => {
  clearInterval(timer);
  const body = new Uint8Array(bytes).fill(7);
  let due = 0;
  if (perSecond > 0)
    timer = setInterval(() => {
      for (due += (perSecond * everyMs) / 1_000; due >= 1; due--) game.pushTold(node.group(group), body);
    }, everyMs);
  return { counters: node.status().counters };
});
tellParent({ ready: true });
