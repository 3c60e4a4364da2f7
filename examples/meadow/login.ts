import { defineNode, fail } from "photinus";
import { chatDesk, login, type PlayerProfile, players } from "../../generated/server/index.ts";
import { meadowIds } from "./rules.ts";

const longestName = 16;

/** Who players are. They live in this node's memory: whoever signs in gets a new id. */
export default defineNode((node) => {
  const profiles = new Map<bigint, PlayerProfile>();
  let lastId = BigInt(Date.now()) * 1000n;

  node.onSessionEnd(({ userId }) => {
    // The meadow tells chat too, but it may be being restarted.
    if (profiles.delete(userId)) chatDesk.departed(node, { playerId: userId, meadowId: 0 });
  });

  return [
    login.implement({
      echo: (body) => body,

      async signIn({ name, hue }, ctx) {
        const trimmed = name.trim();
        if (trimmed === "") throw fail("INVALID_ARGUMENT", "a firefly needs a name");
        if ([...trimmed].length > longestName) {
          throw fail("INVALID_ARGUMENT", `a name has at most ${longestName} characters`);
        }
        const playerId = ctx.userId || ++lastId;
        profiles.set(playerId, { playerId, name: trimmed, hue: hue % 360 });
        await ctx.session.bind(playerId);
        return { playerId, meadows: [...meadowIds] };
      },
    }),

    players.implement({
      profile({ playerId }) {
        const profile = profiles.get(playerId);
        if (!profile) throw fail("NOT_FOUND", `no player ${playerId} is signed in`);
        return profile;
      },
    }),
  ];
});
