import type { Authenticator, Identity } from "../../../../runtime/gate/auth/authenticator.ts";
import { ticketRefusal } from "../../../../runtime/gate/auth/ticket-refusals.ts";
import type { Hello } from "../../../../runtime/wire/generated/photinus/control.ts";
import type { RawClient } from "../raw-client.ts";
import { text } from "../raw-client.ts";
import type { CommandHandlers } from "../schema.ts";
import type { World } from "../world.ts";

/** Authenticator of tickets in plain text: user, level, time to live in ms, id; "7 admin 500 once-1". */
export const plain: Authenticator = {
  judge: (ticket) => {
    const [user = "", auth = "user", lifeMs, ticketId = ""] = new TextDecoder().decode(ticket).split(" ");
    if (!/^\d+$/.test(user)) return Promise.reject(ticketRefusal("malformed"));
    const now = Date.now();
    const identity: Identity = {
      userId: BigInt(user),
      auth: auth === "admin" ? "admin" : "user",
      issuedAtMs: now,
      expiresAtMs: lifeMs === undefined ? Number.POSITIVE_INFINITY : now + Number(lifeMs),
      ticketId,
    };
    return Promise.resolve(identity);
  },
};

/** Handlers that tell user and level of the session; `login` binds it to the user of the body. */
export const telling: CommandHandlers = {
  echo: (_body, ctx) => text(`${ctx.userId} ${ctx.session.auth}`),
  act: (_body, ctx) => text(`${ctx.userId} ${ctx.session.auth}`),
  rule: (_body, ctx) => text(`${ctx.userId} ${ctx.session.auth}`),
  login: async (body, ctx) => {
    await ctx.session.bind(BigInt(new TextDecoder().decode(body)));
    return text("in");
  },
};

/** Says hello with a ticket; waits for the welcome or the kick. */
export async function enter(
  world: World,
  ticket: string,
  more: Partial<Hello> = {},
  gate = world.gates[0]!,
): Promise<RawClient> {
  return (await world.silent(gate)).open({ ticket: text(ticket), ...more });
}
