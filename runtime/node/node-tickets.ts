import { errorCodes, fail, isPhotinusError } from "../../schema/errors.ts";
import type { TicketHandler, TicketUser } from "../api/ticket-handler.ts";
import { outcome } from "../rpc/envelope/failure-outcome.ts";
import { admin } from "../rpc/link-administration.ts";
import type { Responder } from "../rpc/link-handler.ts";
import { retryAfterMs } from "../rpc/retry-after.ts";
import { raw } from "../wire/codec/codec-runtime.ts";
import { AuthLevel, type JudgeTicket, Revoke, TicketJudged } from "../wire/generated/photinus/link.ts";
import type { NodeHost } from "./node-host.ts";

const largestUserId = 2n ** 64n - 1n;
/** Timeout of a revocation, in ms: the gate stores it, and asks the other gates. */
const revokeMs = 10_000;

/** Tickets at a node: judges those that gates ask about, and revokes those of users. */
export class NodeTickets {
  readonly #node: NodeHost;
  #handler: TicketHandler | undefined;

  constructor(node: NodeHost) {
    this.#node = node;
  }

  /** Sets the handler. Throws FAILED_PRECONDITION when there is one already. */
  handle(handler: TicketHandler): void {
    const { name } = this.#node;
    if (this.#handler !== undefined)
      throw fail("FAILED_PRECONDITION", `the node "${name}" has a ticket handler already`);
    this.#handler = handler;
  }

  /** Judges a ticket for a gate. */
  judge({ ticket, client, remote }: JudgeTicket, reply: Responder): void {
    const node = this.#node;
    const handler = this.#handler;
    if (handler === undefined) {
      const reason = `the node "${node.name}" judges no tickets; call node.authenticate(handler) in defineNode`;
      reply.failure(errorCodes.UNIMPLEMENTED, reason, 0, outcome.notRun);
      return;
    }
    if (node.overloaded) {
      const reason = `the node "${node.name}" is overloaded`;
      reply.failure(errorCodes.RESOURCE_EXHAUSTED, reason, retryAfterMs("busy"), outcome.notRun);
      return;
    }
    node.started();
    const run = async (): Promise<TicketUser> => handler(ticket, { client, remote });
    run()
      .then(
        (user) => reply.answer(TicketJudged, judgedOf(user)),
        (error: unknown) => reply.fail(error),
      )
      .finally(() => node.finished());
  }

  /** Asks one gate to revoke the tickets of a user; see `NodeHandle.revoke`. */
  async revoke(userId: bigint): Promise<void> {
    if (typeof userId !== "bigint" || userId < 1n || userId > largestUserId)
      throw fail("INVALID_ARGUMENT", `node.revoke: invalid user id ${userId}; expected 1 to 2^64 - 1`);
    // Time 0: the gate's own.
    const message = { users: [{ userId, notBeforeMs: 0 }], former: false };
    const options = { timeoutMs: revokeMs, call: "node.revoke" };
    let lost: unknown = fail("UNAVAILABLE", "node.revoke: no gate is linked", {
      retryAfterMs: retryAfterMs("lost"),
    });
    for (const { link } of this.#node.liveGates()) {
      try {
        await link.call(admin.revoke, Revoke, message, raw, options);
        return;
      } catch (error) {
        // Another gate may be reachable: a second revocation of a user does nothing more.
        if (!isPhotinusError(error) || error.code !== "UNAVAILABLE" || link.alive) throw error;
        lost = error;
      }
    }
    throw lost;
  }
}

function judgedOf({ userId, auth, expiresAtMs, issuedAtMs, ticketId }: TicketUser) {
  return {
    userId,
    auth: auth === "admin" ? AuthLevel.ADMIN : AuthLevel.USER,
    issuedMs: issuedAtMs ?? 0,
    expiresMs: expiresAtMs === undefined || expiresAtMs === Number.POSITIVE_INFINITY ? 0 : expiresAtMs,
    ticketId: ticketId ?? "",
  };
}
