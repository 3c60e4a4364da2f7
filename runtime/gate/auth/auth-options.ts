import { type Given, object, optional, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { either, having, whole } from "../../options/rule-kinds.ts";
import type { Authenticator } from "./authenticator.ts";

/** Way in which a gate judges tickets. */
export interface AuthOptions {
  /** Authenticator of the game's own making. */
  readonly authenticator?: Authenticator;
  /** Most tickets that are judged at a time; a client beyond it is told to come again. Default 256. */
  readonly judgedCount?: number;
}

const auth = object({
  authenticator: optional(having<Authenticator>("an Authenticator with judge(ticket, about)", "judge")),
  judgedCount: withDefault(whole(1, 100_000, "tickets"), 256),
} satisfies RulesOf<AuthOptions>);

/** Way in which a gate judges tickets, with all defaults filled in. */
export type ResolvedAuth = Given<typeof auth>;

/** Rule of `auth`, shared with the topology. */
export const authOption = optional(either(["none"], auth));
