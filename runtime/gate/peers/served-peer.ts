import { errorCodes, fail } from "../../../schema/errors.ts";
import { outcome } from "../../rpc/envelope/failure-outcome.ts";
import type { Link } from "../../rpc/link.ts";
import { admin } from "../../rpc/link-administration.ts";
import type { Responder } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import {
  AdoptedSessions,
  AdoptSessions,
  ClaimUser,
  DropSession,
  EvictUser,
  FetchedSession,
  FetchSession,
  MovedUser,
  ReleaseUser,
  Revoke,
  SessionArrival,
  TellUsers,
  UserClaimed,
} from "../../wire/generated/photinus/link.ts";
import type { Revocations } from "../auth/revocations.ts";
import type { Arrivals } from "../moves/arrivals.ts";
import type { Fetched } from "../moves/fetches.ts";
import type { TokenParts } from "../session/resume-tokens.ts";
import type { LinkedGate } from "../users/owned-users.ts";
import type { UserBinds } from "../users/user-binds.ts";

/** Moves the session of a token to a gate. */
export type MoveAway = (gate: string, token: TokenParts) => Promise<Fetched>;

/** Parts of a gate that other gates use. */
export interface PeerParts {
  readonly binds: UserBinds;
  readonly revocations: Revocations;
  readonly arrivals: Arrivals;
  readonly moveAway: MoveAway;
}

/** Serves another gate over the link that it has dialled. */
export class ServedPeer implements LinkedGate {
  readonly name: string;
  readonly #binds: UserBinds;
  readonly #revocations: Revocations;
  readonly #arrivals: Arrivals;
  readonly #moveAway: MoveAway;
  readonly #link: Link;

  constructor(name: string, link: Link, { binds, revocations, arrivals, moveAway }: PeerParts) {
    this.name = name;
    this.#link = link;
    this.#binds = binds;
    this.#revocations = revocations;
    this.#arrivals = arrivals;
    this.#moveAway = moveAway;
    binds.owned.begin(this);
  }

  ask(method: number, bytes: Uint8Array, start: number, end: number, reply: Responder): void {
    const { owned, gates } = this.#binds;
    // The list of its sessions is taken, and ignored: the gate then learns by its requests what is wrong.
    const isList = method === admin.tellUsers || method === admin.revoke;
    if (!isList && !gates.includes(this.name)) {
      const reason = `this gate knows the gates ${gates.join(", ")}; not "${this.name}"`;
      reply.fail(fail("UNAVAILABLE", reason, { retryAfterMs: retryAfterMs("lost") }));
      return;
    }
    switch (method) {
      case admin.claimUser:
        owned
          .claim(this, decode(ClaimUser, bytes, start, end), () => !reply.settled)
          .then(
            (generation) => reply.answer(UserClaimed, { generation }),
            (error: unknown) => reply.fail(error),
          );
        break;
      case admin.evictUser:
        this.#binds.evict(decode(EvictUser, bytes, start, end));
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.revoke:
        this.#revocations.take(decode(Revoke, bytes, start, end));
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.tellUsers:
        owned.tell(this, decode(TellUsers, bytes, start, end));
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.adoptSessions:
        reply.answer(AdoptedSessions, this.#arrivals.adopt(this, decode(AdoptSessions, bytes, start, end)));
        break;
      case admin.sessionArrival:
        this.#arrivals.arrive(this.name, decode(SessionArrival, bytes, start, end));
        reply.answerBytes(emptyBytes, 0, 0);
        break;
      case admin.fetchSession:
        this.#moveAway(this.name, decode(FetchSession, bytes, start, end)).then(
          (found) => reply.answer(FetchedSession, { moves: found === "here", busy: found === "later" }),
          (error: unknown) => reply.fail(error),
        );
        break;
      default: {
        const reason = `method ${method} is not for gates`;
        reply.failure(errorCodes.UNIMPLEMENTED, reason, 0, outcome.notRun);
      }
    }
  }

  notice(method: number, bytes: Uint8Array, start: number, end: number): void {
    switch (method) {
      case admin.releaseUser:
        this.#binds.owned.release(this, decode(ReleaseUser, bytes, start, end));
        break;
      case admin.movedUser:
        this.#binds.owned.moved(this, decode(MovedUser, bytes, start, end));
        break;
      case admin.dropSession:
        this.#arrivals.drop(this.name, decode(DropSession, bytes, start, end));
        break;
    }
  }

  drop(reason: string): void {
    this.#link.destroy(reason);
  }

  lost(): void {
    this.#binds.owned.lost(this);
    this.#arrivals.gateLost(this);
  }
}
