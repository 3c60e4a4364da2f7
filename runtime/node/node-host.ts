import type { PhotinusError } from "../../schema/errors.ts";
import type { MethodDescriptor } from "../api/descriptors.ts";
import type { MethodCallOptions, NodeHandle, Session } from "../api/handler-context.ts";
import type { Clock } from "../clock/clock.ts";
import type { CountedLog } from "../log/counted-log.ts";
import type { Counters } from "../log/counters.ts";
import type { Link } from "../rpc/link.ts";
import type { Responder } from "../rpc/link-handler.ts";
import type { JudgeTicket, NodeChanged } from "../wire/generated/photinus/link.ts";
import type { DispatchTable } from "./calls/dispatch-table.ts";
import type { Work } from "./calls/work.ts";
import type { ResolvedNodeLimits } from "./node-options.ts";

/** Gate, as the parts of a node see the gate. */
export interface GateHandle {
  readonly node: NodeHost;
  readonly link: Link;
  /** Name of the gate; "" before its welcome. */
  readonly gate: string;
  /** True while the gate has registered this node and the link is open. */
  readonly usable: boolean;
  /** True once the gate has announced that its sessions move: joins and leaves are repeated at the gate that they move to. */
  readonly moving: boolean;
  /** Calls of the gate that are not done. */
  readonly work: Work;
  /** Largest body that the gate delivers to a client, in bytes. */
  readonly maxBodyBytes: number;
  /** Whether the gate takes several joins and leaves of a session in one message. */
  readonly takesRegroup: boolean;
  /** Counts and logs a body of more than maxBodyBytes. Returns the RESOURCE_EXHAUSTED error for the caller to throw. */
  tooLarge(what: "reply" | "push", name: string, size: number): PhotinusError;
  /** Counts and logs a push that the link has dropped. */
  pushed(taken: boolean): void;
}

/** Calls of a node to other nodes. */
export interface OutgoingCalls {
  /**
   * Calls a method of another node.
   *
   * @param capMs upper bound of the timeout, in ms, whatever the options say
   * @param preferred gate to call through, when it is usable
   */
  call<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions | undefined,
    capMs: number,
    preferred: GateHandle | undefined,
  ): Promise<R>;
  /** Sends a one-way call to another node. */
  notice<Q, R>(
    method: MethodDescriptor<Q, R>,
    request: Q,
    options: MethodCallOptions | undefined,
    preferred: GateHandle | undefined,
  ): void;
}

/** Judges tickets for gates. */
export interface TicketJudging {
  /** Judges a ticket, and answers with the user or an error. */
  judge(question: JudgeTicket, reply: Responder): void;
}

/** Node, as its own parts see the node. */
export interface NodeHost extends NodeHandle {
  readonly clock: Clock;
  readonly counters: Counters;
  /** Log for events that a peer can cause without bound. */
  readonly counted: CountedLog;
  readonly limits: ResolvedNodeLimits;
  /** Whether errors of calls carry the caller's stack. */
  readonly callStacks: boolean;
  readonly dispatch: DispatchTable;
  readonly outgoing: OutgoingCalls;
  readonly tickets: TicketJudging;
  /** True when the limit of running handlers is reached and further calls are refused. */
  readonly overloaded: boolean;
  /** Counts a handler that returned a promise as running. */
  started(): void;
  /** Counts a running handler as finished. */
  finished(): void;
  /** Returns the gates that are usable now. */
  liveGates(): readonly GateHandle[];
  /** Logs the end of a gate link. */
  gateLost(gate: GateHandle, reason: string): void;
  /** Calls the `onSessionEnd` listeners. */
  sessionEnded(session: Session): void;
  /** Calls the `onSessionSuspended` or `onSessionResumed` listeners. */
  sessionChanged(session: Session): void;
  /** Handles a gate's notice that another node is lost, back or gone. */
  nodeChanged(gate: GateHandle, message: NodeChanged): void;
}
