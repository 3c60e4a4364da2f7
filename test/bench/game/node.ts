/** A node of the benchmarks' game: `node.ts LINK_PORT`. */
import { GameNode } from "photinus";
import { serveParent, tellParent } from "../harness/children.ts";
import * as game from "./fixtures/server/bench/game.service.ts";
import { protocol } from "./fixtures/server/index.ts";

const service = game.implement({
  async join(ticket, ctx) {
    await ctx.session.bind(ticket.user);
    ctx.session.join("hall");
    return ticket;
  },
  echo: (body) => body,
  step: (motion) => motion,
  tell: (body, ctx) => game.pushTold(ctx.group("hall"), body),
});

const node = await GameNode.open([service], {
  name: "game-1",
  role: "game",
  gates: [{ host: "127.0.0.1", port: Number(process.argv[2]) }],
  schema: protocol.fingerprint,
});
await node.linked();
serveParent(async () => ({ counters: node.status().counters }));
tellParent({ ready: true });
