import type { PhotinusError } from "../../schema/errors.ts";
import type { MethodDescriptor } from "../api/descriptors.ts";
import type { MethodCallOptions, NodeHandle, Session } from "../api/handler-context.ts";
import type { Clock } from "../clock/clock.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import type { Link } from "../rpc/link.ts";
import type { NodeChanged } from "../wire/generated/photinus/link.ts";
import type { DispatchTable } from "./calls/dispatch-table.ts";
import type { ResolvedNodeLimits } from "./node-options.ts";

/** A gate, as the parts of a node see it. */
export interface GateHandle {
  readonly node: NodeHost;
  readonly link: Link;
  /** The gate's name. */
  readonly gate: string;
  /** True while the link lives and the gate has taken this node in. */
  readonly usable: boolean;
  /** The largest body that the gate passes on to a client, bytes. */
  readonly maxBodyBytes: number;
  /** Takes note of a body that is larger; returns what is to be thrown. */
  tooLarge(what: "reply" | "push", name: string, size: number): PhotinusError;
  /** Takes note of whether the link took a push. */
  pushed(taken: boolean): void;
}

/** Calls to other nodes. */
export interface OutgoingCalls {
  /** `capMs` is the time at most, whatever the options say. */
  call<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions | undefined,
    capMs: number,
    preferred: GateHandle | undefined,
  ): Promise<R>;
  notice<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions | undefined,
    preferred: GateHandle | undefined,
  ): void;
}

/** A node, as its parts see it. */
export interface NodeHost extends NodeHandle {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Writes what a peer can cause without bound. */
  readonly counted: CountedLog;
  readonly limits: ResolvedNodeLimits;
  /** Errors of calls have the stack of whoever called. */
  readonly callStacks: boolean;
  readonly dispatch: DispatchTable;
  readonly outgoing: OutgoingCalls;
  /** True when so many handlers run that nothing more shall be begun. */
  readonly overloaded: boolean;
  /** A handler did not finish at once. */
  started(): void;
  finished(): void;
  /** The gates that can be used now. */
  liveGates(): readonly GateHandle[];
  /** Grows from call to call, and with time over all nodes. */
  nextGeneration(): number;
  gateLost(gate: GateHandle, reason: string): void;
  sessionEnded(session: Session): void;
  /** A gate says what became of another node. */
  nodeChanged(gate: GateHandle, message: NodeChanged): void;
}
