import { defineNode, fail } from "photinus";
import * as account from "./generated/server/vault/account.service.ts";
import * as vault from "./generated/server/vault/vault.service.ts";
import { playerTable } from "./generated/server/vault/vault.tables.ts";
import { Issuer } from "./issuer.ts";
import { Passwords } from "./passwords.ts";

const nameRule = /^[\p{L}\p{N} _-]{1,32}$/u;

/** Login by password, which issues tickets, and what a signed-in player may do. */
export default defineNode((node) => {
  const players = node.table(playerTable);
  const passwords = new Passwords();
  const issuer = new Issuer();

  return [
    account.implement({
      async register({ name, password }) {
        if (!nameRule.test(name))
          throw fail("INVALID_ARGUMENT", "a name has 1 to 32 letters, digits, spaces, _ or -");
        const stored = await passwords.store(password);
        const { id } = await players.create({ name, ...stored });
        return { ticket: issuer.issue(id) };
      },

      async signIn({ name, password }) {
        const [player] = await players.rowsBy("name", name);
        if (!(await passwords.matches(password, player)) || !player)
          throw fail("UNAUTHENTICATED", "wrong name or password");
        return { ticket: issuer.issue(player.id) };
      },
    }),

    vault.implement({
      async whoAmI(_request, ctx) {
        const player = await players.get(ctx.userId);
        if (!player) throw fail("NOT_FOUND", "the account is gone");
        return { name: player.name };
      },

      renew: (_request, ctx) => ({ ticket: issuer.issue(ctx.userId) }),

      async changePassword({ oldPassword, newPassword }, ctx) {
        const player = await players.get(ctx.userId);
        if (!(await passwords.matches(oldPassword, player)))
          throw fail("PERMISSION_DENIED", "wrong password");
        await players.patch(ctx.userId, await passwords.store(newPassword));
        // After the answer, because the revocation ends this session, too.
        ctx.afterReply(() => {
          node
            .revoke(ctx.userId)
            .catch((error: unknown) => node.log.error({ err: error }, "tickets not revoked"));
        });
        return {};
      },
    }),
  ];
});
