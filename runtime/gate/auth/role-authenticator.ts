import { fail, isPhotinusError } from "../../../schema/errors.ts";
import type { TicketBearer } from "../../api/ticket-handler.ts";
import { admin } from "../../rpc/link-administration.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { AuthLevel, JudgeTicket, TicketJudged } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import type { Role } from "../nodes/node-peer.ts";
import type { Authenticator, Identity } from "./authenticator.ts";

/** Most nodes that are asked about one ticket, when the first ones have not run the handler. */
const mostTries = 2;

/** Judges tickets by the handler of a role's nodes, round robin. */
export class RoleAuthenticator implements Authenticator {
  readonly #core: GateCore;
  readonly #role: Role;

  constructor(core: GateCore, role: Role) {
    this.#core = core;
    this.#role = role;
  }

  async judge(ticket: Uint8Array, { client, remote }: TicketBearer): Promise<Identity> {
    const { clock, limits } = this.#core;
    for (let tries = 0; tries < mostTries; tries++) {
      const link = this.#role.next()?.link?.link;
      if (link === undefined) break;
      try {
        const options = { timeoutMs: limits.handshakeMs };
        const question = { ticket, client, remote };
        const found = await link.call(admin.judgeTicket, JudgeTicket, question, TicketJudged, options);
        return identityOf(found, clock.wall());
      } catch (error) {
        // An error that the handler has answered with is the client's.
        if (isPhotinusError(error) && error.outcome === undefined) throw error;
        this.#core.counters.add("auth.role.failed");
        this.#core.counted.warn({ err: error, node: link.peer }, "node has not judged a ticket", link.peer);
        if (isPhotinusError(error) && error.outcome === "may have run") break;
      }
    }
    const retry = { retryAfterMs: retryAfterMs("lost") };
    throw fail("UNAVAILABLE", "the service that judges tickets is unreachable", retry);
  }
}

function identityOf({ userId, auth, issuedMs, expiresMs, ticketId }: TicketJudged, now: number): Identity {
  return {
    userId,
    auth: auth === AuthLevel.ADMIN ? "admin" : "user",
    issuedAtMs: issuedMs || now,
    expiresAtMs: expiresMs || Number.POSITIVE_INFINITY,
    ticketId,
  };
}
