import { defineNode, fail } from "photinus";
import type { PlayerProfile } from "../../../../generated/server/meadow/login.messages.ts";
import * as login from "../../../../generated/server/meadow/login.service.ts";
import * as players from "../../../../generated/server/meadow/players.service.ts";

/** Like the example's, but who signs in under the same name is the same player. */
export default defineNode(() => {
  const profiles: PlayerProfile[] = [];
  return [
    login.implement({
      echo: (body) => body,
      async signIn({ name, hue }, ctx) {
        let profile = profiles.find((one) => one.name === name);
        if (!profile) {
          profile = { playerId: BigInt(profiles.length + 1), name, hue };
          profiles.push(profile);
        }
        await ctx.session.bind(profile.playerId);
        return { playerId: profile.playerId, meadows: [1], token: "" };
      },
      comeBack() {
        throw fail("NOT_FOUND", "nobody has a token here");
      },
    }),
    players.implement({ profile: ({ playerId }) => profiles[Number(playerId) - 1]! }),
  ];
});
