import type { ErrorCode } from "../../schema/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { TableHandle } from "../tables/handle/table-handle.ts";
import type { Table, TableShape } from "../tables/handle/table-shape.ts";
import type { MethodDescriptor, PushDescriptor } from "./descriptors.ts";
import type { AuthLevel } from "./protocol.ts";
import type { TicketHandler } from "./ticket-handler.ts";

/** A value or its promise. A handler that does not wait should return the value itself: that is faster. */
export type Awaitable<T> = T | Promise<T>;

/** Options of one call to another node. */
export interface MethodCallOptions {
  /** Name of the node that answers. Default: the route that the schema gives the method. */
  readonly node?: string;
  /**
   * Unsigned 32-bit key, as from `hashKey`. Equal keys reach the same node of the method's role. Default: the schema's
   * route.
   */
  readonly hashKey?: number;
  /**
   * How long to wait for the answer, in ms. Default: the timeout of the schema. A call that a handler makes never waits
   * longer than the call that the handler serves.
   */
  readonly timeoutMs?: number;
  /** Cancels the call: the promise rejects with `CANCELLED`, and the callee's own signal is aborted. */
  readonly signal?: AbortSignal;
}

/** Calls methods of other nodes: a node, or the context of a call that it handles. */
export interface Caller {
  /**
   * Calls a method of another node through a gate. Rejects with a `PhotinusError`: the callee's own error,
   * `UNAVAILABLE` without a live node or gate, `DEADLINE_EXCEEDED` after the timeout, `CANCELLED` after the signal. A call that
   * was not run because its node is away for a moment is tried again until the timeout; so is an idempotent call of a lost node.
   */
  call<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): Promise<R>;
  /** Sends a one-way call without an acknowledgement. Without a live gate the call is dropped, counted and logged. */
  notice<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): void;
}

/** A receiver of pushes: a session, a user, a group, or every session. */
export interface PushTarget {
  /**
   * Encodes the message once and sends it to every receiver. Never throws for a receiver that has left; an invalid
   * message throws `INVALID_ARGUMENT`.
   */
  push<M>(push: PushDescriptor<M>, message: M): void;
  /** Sends an encoded body as the push with this id. The bytes are copied. */
  pushBytes(id: number, body: Uint8Array): void;
}

/** A session that has joined a group. */
export interface GroupMember {
  /** Name of the session's gate. */
  readonly gate: string;
  /** Id of the session, as in {@link Session.id}. */
  readonly session: string;
  /** Id of the bound user; 0n without one. */
  readonly userId: bigint;
  /** True while the session waits for its client. */
  readonly suspended: boolean;
}

/** Answer of {@link GroupTarget.members}. */
export interface GroupMembers {
  /** Number of all members, on all gates. */
  readonly count: number;
  /** The members, at most `limit` of each gate: fewer than `count` when there are more. */
  readonly members: readonly GroupMember[];
}

/** Options of {@link GroupTarget.members}. */
export interface MembersOptions {
  /** Most members that each gate lists, 0 to 10,000. Default 1,000. */
  readonly limit?: number;
}

/** The members of a group, on all gates. */
export interface GroupTarget extends PushTarget {
  /** The group without one session. */
  except(session: Session): PushTarget;
  /**
   * Asks all linked gates for the members of the group, sessions that wait for their clients among them. Rejects with the
   * first error of a gate: a part of the members is no answer.
   */
  members(options?: MembersOptions): Promise<GroupMembers>;
  /** Asks all linked gates for the number of members. Rejects as `members` does. */
  count(): Promise<number>;
}

/** Receivers of pushes other than one known session. */
export interface Pushers {
  /** The session that is bound to the user id, on any gate. Without such a session pushes are dropped. */
  user(id: bigint): PushTarget;
  /** The sessions that joined the group, on all gates. */
  group(name: string): GroupTarget;
  /** Every session of every gate. */
  everyone(): PushTarget;
}

/** Options of {@link Session.kick}. */
export interface KickOptions {
  /**
   * Error code that the client receives. Default "PERMISSION_DENIED". An unknown code is rejected with
   * INVALID_ARGUMENT.
   */
  readonly code?: ErrorCode;
  /** Whether the client reconnects by itself. Default false. */
  readonly reconnect?: boolean;
}

/** Options of {@link Session.join} and {@link Session.regroup}. */
export interface JoinOptions {
  /**
   * Whether the membership outlives the node that made it, or that node's link to the gate. "keep" (default) keeps the
   * session in the group. "leave" removes it, for a group whose state only that node has: its successor begins with an
   * empty group.
   */
  readonly whenNodeLost?: "keep" | "leave";
}

/** A change of another node, as reported by the gates. */
export interface NodeChange {
  /** The node's name. */
  readonly node: string;
  /** Role of the node. */
  readonly role: string;
  /** Name of the gate that reported the change first. */
  readonly gate: string;
  /** True after a loss that the node had announced, because it was about to stop. False otherwise. */
  readonly planned: boolean;
  /**
   * How long a lost node is awaited, in ms; meanwhile calls that only that node can answer fail with `UNAVAILABLE`.
   * Otherwise 0.
   */
  readonly awaitedMs: number;
}

/** Session of a client at a gate, as a node sees it. The object stays the same when the session moves to another gate. */
export interface Session extends PushTarget {
  /** Id of the session: 128 random bits, in hex. The same at all nodes, and in the gate's log. */
  readonly id: string;
  /**
   * Number of the session at its gate, by which nodes of the map form know it. Used again after the session has ended. Another
   * number after a move to another gate.
   */
  readonly number: number;
  /** Name of the gate. Changes when the gate stops and the session moves to another gate. */
  readonly gate: string;
  /** Id of the bound user; 0n before `bind`. */
  readonly userId: bigint;
  /** Level that the session has proved; "anyone" before `bind`. */
  readonly auth: AuthLevel;
  /** Address of the client: "203.0.113.7:53122". */
  readonly remote: string;
  /** True after the client has left; further pushes are dropped. */
  readonly ended: boolean;
  /**
   * True while the session waits for its client to resume it. Pushes are kept by their delivery class; groups and the bound
   * user stay.
   */
  readonly suspended: boolean;
  /**
   * Binds the session to a user, as after a login. Resolves once the sessions that the policy `logins` of the gates replaces have
   * ended, at whichever gate; waits for at most 5 s. Rejects with `ALREADY_EXISTS` when the policy refuses another session of
   * the user, with `ABORTED` when a later login of the user has ended this session, with `RESOURCE_EXHAUSTED` when too many
   * logins of the user wait, with `INVALID_ARGUMENT` for a bad user id, and with `UNAVAILABLE` when the session has ended or the
   * gate that owns the user cannot be reached. After an error the former bind stays.
   */
  bind(userId: bigint, options?: { readonly auth?: "user" | "admin" }): Promise<void>;
  /**
   * Adds the session to a group until it leaves or ends. The name has 1 to 256 characters. Joins keep their order with
   * the pushes that this node sends to the session. A join beyond the gate's limits is rejected, counted and logged at
   * the gate.
   */
  join(group: string, options?: JoinOptions): void;
  /** Removes the session from a group. Has no effect when the session is not a member. */
  leave(group: string): void;
  /**
   * Adds the session to groups and removes it from others, by one message: for areas whose members move. Keeps its order with
   * the joins, leaves and pushes of this node. A change beyond the gate's limits is refused as a whole, counted and logged at the
   * gate. Sends nothing when both lists are empty. Throws `INVALID_ARGUMENT` for a group in both lists, for a name that does not
   * have 1 to 256 characters, and for a list of more than 1,024 groups.
   *
   * @param add groups to join; those that the session has joined already keep it
   * @param remove groups to leave; those that the session has not joined are ignored
   */
  regroup(
    add: readonly string[] | ReadonlySet<string>,
    remove: readonly string[] | ReadonlySet<string>,
    options?: JoinOptions,
  ): void;
  /** Sends the kick with its reason, then closes the connection once it is flushed. */
  kick(reason: string, options?: KickOptions): void;
  /** Routes the session's further commands for this role to this node, where the schema routes them by session. */
  assign(role: string, node: string): void;
}

/** The node that the code runs on. */
export interface NodeHandle extends Caller, Pushers {
  /** Name of the node, unique in its cluster. */
  readonly name: string;
  /** Role of the node. */
  readonly role: string;
  /** Log of the node; each line carries the node's name. */
  readonly log: Logger;
  /**
   * Gives access to the rows of a generated table: `const heroes = node.table(heroTable)`. Always returns the same
   * handle. The first call opens the store. Throws `FAILED_PRECONDITION` when the node has no store, or not the
   * configured kind.
   */
  table<S extends TableShape>(table: Table<S>): TableHandle<S>;
  /**
   * Sets the handler that judges tickets for gates with `auth: { role }`, where the role is this node's. Throws
   * `FAILED_PRECONDITION` when the node has one already.
   */
  authenticate(handler: TicketHandler): void;
  /**
   * Revokes the tickets of a user that were issued before now. Resolves when the revocation is stored, and the user's
   * sessions have ended at all linked gates, with their resume tokens; clients get `UNAUTHENTICATED` and do not reconnect by
   * themselves. Rejects with `UNAVAILABLE` when it cannot be stored, and changes nothing then.
   */
  revoke(userId: bigint): Promise<void>;
  /**
   * The sessions that this node serves, at all linked gates. A node that restarts gets the sessions of its former run when
   * its gates link it, unless they have waited too long for it.
   */
  sessions(): readonly Session[];
  /** Calls the listener when a session that this node has served ends, after the session's last command is done. */
  onSessionEnd(listener: (session: Session) => void): void;
  /**
   * Calls the listener when the client of a session that this node serves has lost its connection. It may come back within
   * the gate's `resumeMs`; `onSessionResumed` or `onSessionEnd` follows.
   */
  onSessionSuspended(listener: (session: Session) => void): void;
  /** Calls the listener when the client of a suspended session is back. It gets what it has missed. */
  onSessionResumed(listener: (session: Session) => void): void;
  /**
   * Calls the listener when another node of the role has lost its link to a gate: it was killed, has stopped or is
   * unreachable. State that the node kept in memory is most likely lost, and the sessions that it served do not know
   * yet.
   */
  onNodeLost(role: string, listener: (lost: NodeChange) => void): void;
  /** Calls the listener when a lost node of the role is linked again. A restarted node has served no session yet. */
  onNodeBack(role: string, listener: (back: NodeChange) => void): void;
  /**
   * Calls the listener when a lost node of the role has not returned in time; other nodes of the role now serve its
   * share.
   */
  onNodeGone(role: string, listener: (gone: NodeChange) => void): void;
  /**
   * Calls the listener when the node stops, before its last calls are finished. Listeners run in reverse order of
   * registration, and share the node's grace time.
   */
  onStop(listener: () => Awaitable<void>): void;
}

/** Context of the call that a handler serves. */
export interface CallContext extends Caller, Pushers {
  /** The node that handles the call; use it for work that outlives the call. */
  readonly node: NodeHandle;
  /** Log of the node. */
  readonly log: Logger;
  /** Aborted when the caller cancels, its deadline has passed, or its connection is lost. */
  readonly signal: AbortSignal;
  /** Time left until the caller's deadline, in ms; 0 after it. */
  remainingMs(): number;
  /**
   * Runs a function after the handler has finished and its answer is queued, so that pushes to the caller arrive after
   * the answer. Functions run in order of registration, before the next call of the lane, and not at all when the
   * handler fails. An error that the function throws is logged. When the answer is queued already, the function runs at
   * once.
   */
  afterReply(run: () => void): void;
}

/** Context of a client's command. */
export interface CommandContext extends CallContext {
  /** Session that sent the command. */
  readonly session: Session;
  /** Id of the user that the session is bound to; 0n before `bind`. */
  readonly userId: bigint;
}

/** Context of a call from another node. */
export interface MethodContext extends CallContext {
  /** Name of the calling node. */
  readonly from: string;
}
