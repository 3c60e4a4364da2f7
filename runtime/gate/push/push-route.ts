import type { Delivery, PushEntry } from "../../api/protocol.ts";

/** Push of the schema, as the gate delivers it. */
export interface PushRoute {
  readonly id: number;
  readonly name: string;
  readonly delivery: Delivery;
  /** Reads the subject of a "latest" push. */
  readonly key: PushEntry["key"];
  /** Longest time for which pushes to a group are gathered, in ms; 0: none. */
  readonly tickMs: number;
}
