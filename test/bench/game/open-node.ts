import { GameNode, type Logger } from "photinus";
import * as game from "./fixtures/server/bench/game.service.ts";
import { protocol } from "./fixtures/server/index.ts";

/** Service whose users all join one hall, which gets what any of them tells. */
const hall = game.implement({
  async join(ticket, ctx) {
    await ctx.session.bind(ticket.user);
    ctx.session.join("hall");
    return ticket;
  },
  echo: (body) => body,
  step: (motion) => motion,
  tell: (body, ctx) => game.pushTold(ctx.group("hall"), body),
});

/** Opens a node of the benchmarks' game in this process, and waits for its link to the gate. */
export async function openNode(
  linkPort: number,
  { service = hall, log }: { service?: typeof hall; log?: Logger } = {},
): Promise<GameNode> {
  const node = await GameNode.open([service], {
    name: "game-1",
    role: "game",
    gates: [{ host: "127.0.0.1", port: linkPort }],
    schema: protocol.fingerprint,
    ...(log && { log }),
  });
  await node.linked();
  return node;
}
