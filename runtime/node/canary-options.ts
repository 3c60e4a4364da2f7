import { object, type RulesOf, withDefault } from "../options/option-rules.ts";
import { leaf, list } from "../options/rule-kinds.ts";
import type { CanaryTake } from "./gates/canary-control.ts";

/** Keys and users that a canary node takes. */
export interface CanaryOptions {
  /**
   * Percentage of the keys of routes by hash, of users, and of sessions without a user: 0 to 100, in steps of 0.01. Default 0. Of
   * several canary nodes of a role, the largest percentage counts.
   */
  readonly percent?: number;
  /** Ids of users whose sessions the canary nodes take besides, at most 1,000; decimal texts in JSON. Default: none. */
  readonly users?: readonly (bigint | string)[];
}

const percent = leaf<number>(
  "number",
  "a percentage from 0 to 100, in steps of 0.01",
  (value) => {
    if (typeof value !== "number" || !(value >= 0 && value <= 100)) return false;
    return Math.abs(value * 100 - Math.round(value * 100)) < 1e-6;
  },
  { least: 0, most: 100 },
);

const user = leaf<bigint | string>("anything", 'a user id from 1 to 2^64 - 1, such as 7n or "7"', (value) => {
  if (typeof value !== "bigint" && !(typeof value === "string" && /^[1-9]\d{0,19}$/.test(value)))
    return false;
  return BigInt(value) > 0n && BigInt(value) < 1n << 64n;
});

/** Most users that one canary node names. */
const mostUsers = 1_000;
const users = list(user, 0, `at most ${mostUsers.toLocaleString("en")} user ids`);

/** Rule that checks {@link CanaryOptions} and fills in defaults, shared with the topology. */
export const canaryRule = object(
  {
    percent: withDefault(percent, 0),
    users: withDefault(users, [] as readonly (bigint | string)[]),
  } satisfies RulesOf<CanaryOptions>,
  {
    together: (canary, path, report) => {
      if (canary.users.length > mostUsers)
        report("out-of-range", [...path, "users"], canary.users.length, users);
    },
  },
);

/** Returns what a node announces for checked options. */
export function takeOf({ percent: part = 0, users: ids = [] }: CanaryOptions): CanaryTake {
  return { share: Math.round(part * 100), users: [...new Set(ids.map(BigInt))] };
}

/** Share of a canary node. */
export interface CanaryStatus {
  /** Percentage at all gates now. */
  readonly percent: number;
  /** Ids of the users, as decimal texts. */
  readonly users: readonly string[];
  /** Percentage that the node is to take; another one while a change is under way. */
  readonly wantedPercent: number;
  /** True once all gates know what the node is to take. */
  readonly settled: boolean;
}

/** Returns the figures of a canary node. */
export function statusOf({ now, wanted }: { now: CanaryTake; wanted: CanaryTake }): CanaryStatus {
  return {
    percent: now.share / 100,
    users: now.users.map(String),
    wantedPercent: wanted.share / 100,
    settled: now === wanted,
  };
}
