import { createHash, randomBytes } from "node:crypto";
import { type CommandContext, defineNode, fail, type Session } from "photinus";
import * as chatDesk from "../../generated/server/meadow/chat-desk.service.ts";
import * as login from "../../generated/server/meadow/login.service.ts";
import * as players from "../../generated/server/meadow/players.service.ts";
import type { Player } from "../../generated/server/meadow/world.messages.ts";
import { playerTable } from "../../generated/server/meadow/world.tables.ts";
import { meadowIds } from "./rules.ts";

const longestName = 16;

/** Signs players in, and keeps their profiles. */
export default defineNode((node) => {
  const accounts = node.table(playerTable);
  const present = new Map<bigint, Session>();

  node.onSessionEnd((session) => {
    const playerId = session.userId;
    // A player who has reconnected is present with the newer session.
    if (present.get(playerId) !== session) return;
    present.delete(playerId);
    // The meadow notifies chat, too, but it may be restarting.
    chatDesk.departed(node, { playerId, meadowId: 0 });
  });

  async function bind(playerId: bigint, { session }: CommandContext): Promise<void> {
    await session.bind(playerId);
    present.set(playerId, session);
  }

  return [
    login.implement({
      echo: (body) => body,

      async signIn({ name, hue }, ctx) {
        const token = randomBytes(16).toString("hex");
        const account = { name: soundName(name), hue: hue % 360, tokenHash: hashOf(token) };
        if (ctx.userId) await accounts.patch(ctx.userId, account);
        const playerId = ctx.userId || (await accounts.create(account)).id;
        await bind(playerId, ctx);
        return { playerId, meadows: [...meadowIds], token };
      },

      async comeBack({ token }, ctx) {
        const [player] = await accounts.rowsBy("tokenHash", hashOf(token));
        if (!player) throw fail("NOT_FOUND", "no player has this token");
        await bind(player.id, ctx);
        return profileOf(player);
      },
    }),

    players.implement({
      async profile({ playerId }) {
        const player = await accounts.get(playerId);
        if (!player) throw fail("NOT_FOUND", `there is no player ${playerId}`);
        return profileOf(player);
      },
    }),
  ];
});

function profileOf({ id, name, hue }: Player) {
  return { playerId: id, name, hue };
}

function soundName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "") throw fail("INVALID_ARGUMENT", "a firefly needs a name");
  if ([...trimmed].length > longestName) {
    throw fail("INVALID_ARGUMENT", `a name has at most ${longestName} characters`);
  }
  return trimmed;
}

/** Hashes a token. The table stores hashes only, so that a reader of the table cannot sign in with its content. */
function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
