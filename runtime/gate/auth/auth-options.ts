import type { RateEntry } from "../../api/protocol.ts";
import { rateRule } from "../../clock/clock-rules.ts";
import { nodeName } from "../../options/address-rules.ts";
import {
  type Given,
  object,
  optional,
  type Path,
  type Report,
  type RulesOf,
  required,
  withDefault,
} from "../../options/option-rules.ts";
import { either, having, ms, said, whole } from "../../options/rule-kinds.ts";
import type { Authenticator } from "./authenticator.ts";
import { type JwtOptions, jwtRule } from "./jwt/jwt-options.ts";
import type { TicketStore } from "./ticket-store.ts";

/** Way in which a gate judges tickets. */
export interface AuthOptions {
  /** Tickets are JSON Web Tokens. */
  readonly jwt?: JwtOptions;
  /** Role whose nodes judge tickets by the handler of `node.authenticate`. */
  readonly role?: string;
  /** Authenticator of the game's own making. */
  readonly authenticator?: Authenticator;
  /** Most tickets that are judged at a time; a client beyond it is refused with UNAVAILABLE, and retries. Default 256. */
  readonly judgedCount?: number;
  /**
   * Clients without a ticket: `true` lets them enter as guests, `false` refuses them, `{ count }` bounds their number at this gate. A
   * guest reaches commands with `auth: ANYONE`, and is a guest no more once a handler has bound the session. Classic connections are
   * guests. Default `{ count: 1000 }`.
   */
  readonly guests?: boolean | { readonly count: number };
  /** Time after the expiry of a ticket in which the client may still send a fresh one, in ms; then it is kicked. Default 10,000. */
  readonly graceMs?: number;
  /**
   * Most ids of tickets that this gate remembers, of tickets that are accepted once; beyond it further ones are refused until some
   * have expired. Default 1,000,000.
   */
  readonly onceCount?: number;
  /** Rate of fresh tickets on one connection. Default 10 in a minute. */
  readonly renewalRate?: RateEntry;
  /**
   * Longest time between issue and expiry of a ticket, in ms. An older ticket, and a JSON Web Token that is valid for longer, is
   * refused. Revocations and ids of tickets are kept for this long. Default 604,800,000, a week.
   */
  readonly maxLifeMs?: number;
}

/** Options of a gate about the tickets of its clients. */
export interface TicketOptions {
  /** Way in which the gate judges the tickets of clients. Default "none": tickets are ignored, and every client may enter. */
  readonly auth?: "none" | AuthOptions;
  /** Keeps revocations and ids of used tickets over a restart; shared by all gates. Default: the memory of this gate. */
  readonly ticketStore?: TicketStore;
}

const dayMs = 86_400_000;
/** Default of `maxLifeMs`, in ms. */
export const defaultMaxLifeMs = 7 * dayMs;

const guests = object({ count: required(whole(0, 100_000_000, "guests")) });

const auth = object(
  {
    jwt: optional(jwtRule),
    role: optional(nodeName),
    authenticator: optional(having<Authenticator>("an Authenticator with judge(ticket, about)", "judge")),
    judgedCount: withDefault(whole(1, 100_000, "tickets"), 256),
    guests: withDefault(either([true, false], guests), { count: 1_000 }),
    graceMs: withDefault(ms(0, 3_600_000), 10_000),
    onceCount: withDefault(whole(1, 100_000_000, "tickets"), 1_000_000),
    renewalRate: withDefault(rateRule, { count: 10, perMs: 60_000 }),
    maxLifeMs: withDefault(whole(1_000, 366 * dayMs, "milliseconds"), defaultMaxLifeMs),
  } satisfies RulesOf<AuthOptions>,
  { together: checkWay },
);

/** Reports options that name no way of judging tickets, or several. */
function checkWay(
  { jwt, role, authenticator }: Record<"jwt" | "role" | "authenticator", unknown>,
  path: Path,
  report: Report,
): void {
  const given = [jwt, role, authenticator].filter((one) => one !== undefined).length;
  if (given === 1) return;
  const wrong = `found ${given} of jwt, role and authenticator`;
  report("missing-option", path, undefined, said(wrong, 'set exactly one of them, or auth: "none"'));
}

/** Way in which a gate judges tickets, with all defaults filled in. */
export type ResolvedAuth = Given<typeof auth>;

/** Rule of `auth`, shared with the topology. */
export const authOption = optional(either(["none"], auth));

/** Rule of `ticketStore`. */
export const ticketStoreOption = optional(
  having<TicketStore>("a TicketStore", "revocations", "revoke", "use"),
);
