import { type ErrorCode, fail, isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { RateLimit } from "../../clock/rate-limit.ts";
import { adminTimeoutMs } from "../../rpc/link-administration.ts";
import type { GateCore } from "../gate-core.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import { authRank, type GateSession, type KickOut } from "../session/gate-session.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { UserBinds } from "../users/user-binds.ts";
import type { ResolvedAuth } from "./auth-options.ts";
import type { Identity } from "./authenticator.ts";
import { Guests } from "./guests.ts";
import { JwtAuthenticator } from "./jwt/jwt-authenticator.ts";
import { OnceTickets } from "./once-tickets.ts";
import type { Revocations } from "./revocations.ts";
import { RoleAuthenticator } from "./role-authenticator.ts";
import { TicketExpiry } from "./ticket-expiry.ts";
import { TicketJudge } from "./ticket-judge.ts";
import { ticketRefusal } from "./ticket-refusals.ts";

/** Parts of a gate that tickets use. */
export interface TicketParts {
  readonly binds: UserBinds;
  readonly notices: SessionNotices;
  readonly nodes: NodeRegistry;
  readonly revocations: Revocations;
  readonly kick: KickOut;
}

/** Tickets at a gate that asks for them: who may enter, as which user, and for how long. */
export class Tickets {
  readonly judge: TicketJudge;
  readonly guests: Guests;
  readonly expiry: TicketExpiry;
  /** Rate of Authenticate on one connection. */
  readonly renewalRate: RateLimit;
  readonly #core: GateCore;
  readonly #parts: TicketParts;

  constructor(core: GateCore, judge: TicketJudge, parts: TicketParts, auth: ResolvedAuth) {
    const { guests, graceMs, renewalRate } = auth;
    this.#core = core;
    this.judge = judge;
    this.guests = new Guests(
      guests === false ? 0 : guests === true ? Number.POSITIVE_INFINITY : guests.count,
    );
    this.expiry = new TicketExpiry(core, graceMs, parts.kick);
    this.renewalRate = new RateLimit(renewalRate);
    this.#parts = parts;
  }

  /**
   * Binds a session to the user of an accepted ticket, and sets its level and expiry. Rejects as {@link UserBinds.bind} does, and with
   * UNAUTHENTICATED when the session has another user.
   */
  async bind(session: GateSession, identity: Identity): Promise<void> {
    const { binds } = this.#parts;
    this.#check(identity);
    if (session.userId !== identity.userId) {
      if (session.userId !== 0n) throw fail("UNAUTHENTICATED", "the session has another user");
      await binds.bind(session, identity.userId, adminTimeoutMs);
      this.#check(identity);
      this.guests.remove(session);
      session.move?.bound();
      session.auth = authRank.anyone;
    }
    this.renew(session, identity);
  }

  /** Returns why a ticket that was accepted does not count any more: a client may have waited since. Undefined: it does. */
  refusalNow({ userId, issuedAtMs, expiresAtMs }: Identity): PhotinusError | undefined {
    if (this.#parts.revocations.refuses(userId, issuedAtMs)) return ticketRefusal("revoked");
    return expiresAtMs > this.#core.clock.wall() ? undefined : ticketRefusal("expired");
  }

  #check(identity: Identity): void {
    const refusal = this.refusalNow(identity);
    if (refusal !== undefined) throw refusal;
  }

  /** Counts a session as a guest. Returns why it may not be one; undefined when it may. */
  enterGuest(session: GateSession): PhotinusError | undefined {
    const refusal = this.guests.refusal();
    if (refusal === undefined) this.guests.add(session);
    return refusal;
  }

  /** Sets the level and the expiry of a session that has the user of the ticket. */
  renew(session: GateSession, { auth, issuedAtMs, expiresAtMs, ticketId }: Identity): void {
    session.ticketId = ticketId;
    session.provenMs = issuedAtMs;
    this.expiry.set(session, expiresAtMs);
    if (session.auth === authRank[auth]) return;
    session.auth = authRank[auth];
    this.#parts.notices.bound(session);
  }

  /** Takes a session that comes from another gate, with the expiry of its ticket; 0: it has none. */
  arrived(session: GateSession, expiresAtMs: number): void {
    if (session.ended) return;
    if (session.userId === 0n) this.guests.add(session);
    else this.guests.remove(session);
    if (expiresAtMs > 0) this.expiry.set(session, expiresAtMs);
    else this.expiry.remove(session);
  }

  /** Forgets a session that has ended. */
  ended(session: GateSession): void {
    this.guests.remove(session);
    this.expiry.remove(session);
  }
}

/** Failures of a bind whose texts are for clients. Those of others name the gates of the cluster. */
const shownCodes: readonly ErrorCode[] = ["UNAUTHENTICATED", "ALREADY_EXISTS", "ABORTED"];

/** Returns the error that a client gets for a bind that has failed. Its `cause` is for the log. */
export function bindFailure(error: unknown): PhotinusError {
  if (!isPhotinusError(error)) return fail("INTERNAL", "the session could not be bound", { cause: error });
  const { code, retryAfterMs } = error;
  if (shownCodes.includes(code)) return error;
  return fail(code, "the user cannot log in at this moment", { retryAfterMs, cause: error });
}

/**
 * Makes the tickets of a gate; undefined for a gate that asks for none. Throws FAILED_PRECONDITION for keys that cannot be read.
 */
export function ticketsOf(
  core: GateCore,
  parts: TicketParts,
  auth: "none" | ResolvedAuth | undefined,
): Tickets | undefined {
  if (auth === undefined || auth === "none") return undefined;
  const { jwt, role, authenticator, maxLifeMs, judgedCount, onceCount } = auth;
  const tokens = jwt && new JwtAuthenticator(jwt, maxLifeMs, core.clock, core.counted);
  const judging =
    tokens ?? (role === undefined ? authenticator : new RoleAuthenticator(core, parts.nodes.role(role)));
  const once = new OnceTickets(core, parts.revocations.store, onceCount);
  const admit = async (identity: Identity, isRepeat: boolean): Promise<void> => {
    if (parts.revocations.refuses(identity.userId, identity.issuedAtMs)) throw ticketRefusal("revoked");
    // Older revocations are forgotten. Not `<`: an authenticator of the game's own may name no time.
    if (!(identity.issuedAtMs >= core.clock.wall() - maxLifeMs)) throw ticketRefusal("expired");
    if (identity.ticketId !== "" && !isRepeat) await once.use(identity);
  };
  return judging && new Tickets(core, new TicketJudge(core, judging, judgedCount, admit), parts, auth);
}
