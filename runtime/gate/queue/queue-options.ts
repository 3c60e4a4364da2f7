import {
  type Given,
  object,
  optional,
  type RulesOf,
  required,
  withDefault,
} from "../../options/option-rules.ts";
import { ms, whole } from "../../options/rule-kinds.ts";

/** Login queue of a gate. Without it a gate has no bound of its sessions but `limits.connectionCount`, and nobody waits. */
export interface QueueOptions {
  /** Most sessions at a time, with those that wait for their clients. Beyond it newcomers wait. */
  readonly sessions: number;
  /** Most clients that wait at a time; a client beyond it is refused. 0: nobody waits. Default 10,000. */
  readonly count?: number;
  /** How long a user keeps the place in the queue after the connection is lost, in ms. Default 10,000. */
  readonly holdMs?: number;
  /** Least time between two messages to a waiting client, in ms. Default 3,000. */
  readonly updateMs?: number;
}

const hourMs = 3_600_000;

const queue = object({
  sessions: required(whole(1, 100_000_000, "sessions")),
  count: withDefault(whole(0, 1_000_000, "clients"), 10_000),
  holdMs: withDefault(ms(0, hourMs), 10_000),
  // A client gives up a server that is silent for 10 seconds.
  updateMs: withDefault(ms(100, 5_000), 3_000),
} satisfies RulesOf<QueueOptions>);

/** Login queue with all defaults filled in. */
export type ResolvedQueue = Given<typeof queue>;

/** Rule of `queue`, shared with the topology. */
export const queueOption = optional(queue);
