import { type ErrorCode, errorCodes } from "../../schema/errors.ts";
import type {
  JoinOptions,
  KickOptions,
  MembersOptions,
  MethodCallOptions,
  Session,
} from "../api/handler-context.ts";
import { graceRule } from "../clock/clock-rules.ts";
import { nodeName } from "../options/address-rules.ts";
import { object, optional, type RulesOf, withDefault } from "../options/option-rules.ts";
import { choice, flag, longestMs, real, signal, whole } from "../options/rule-kinds.ts";
import { mostListedMembers } from "../rpc/link-administration.ts";
import type { NodeCloseOptions } from "./node-options.ts";

/** Rule that checks {@link MethodCallOptions} and fills in defaults. */
export const methodCallRule = object({
  node: optional(nodeName),
  hashKey: optional(whole(0, 0xffff_ffff, "")),
  timeoutMs: optional(real(0, longestMs, "milliseconds")),
  signal: optional(signal),
} satisfies RulesOf<MethodCallOptions>);

/** Rule that checks {@link KickOptions} and fills in defaults. */
export const kickRule = object({
  code: withDefault(choice(Object.keys(errorCodes) as ErrorCode[]), "PERMISSION_DENIED"),
  reconnect: withDefault(flag, false),
} satisfies RulesOf<KickOptions>);

/** Rule that checks {@link JoinOptions} and fills in defaults. */
export const joinRule = object({
  whenNodeLost: withDefault(choice(["keep", "leave"]), "keep"),
} satisfies RulesOf<JoinOptions>);

/** Rule that checks {@link MembersOptions} and fills in defaults. */
export const membersRule = object({
  limit: withDefault(whole(0, mostListedMembers, "members"), 1_000),
} satisfies RulesOf<MembersOptions>);

/** The rules of the options of {@link Session.bind}. */
export const bindRule = object({
  auth: withDefault(choice(["user", "admin"]), "user"),
} satisfies RulesOf<NonNullable<Parameters<Session["bind"]>[1]>>);

/** Rule that checks {@link NodeCloseOptions} and fills in defaults. */
export const nodeCloseRule = object({
  graceMs: withDefault(graceRule, 5_000),
} satisfies RulesOf<NodeCloseOptions>);
