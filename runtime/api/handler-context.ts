import type { ErrorCode } from "../../schema/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { TableHandle } from "../tables/handle/table-handle.ts";
import type { Table, TableShape } from "../tables/handle/table-shape.ts";
import type { MethodDescriptor, PushDescriptor } from "./descriptors.ts";
import type { AuthLevel } from "./protocol.ts";

/** A value, or the promise of one. Handlers that need not wait should return the value: it is cheaper. */
export type Awaitable<T> = T | Promise<T>;

/** What a caller may say of one call to another node. */
export interface MethodCallOptions {
  /** Name of the node that shall answer; default: as the schema routes the method. */
  readonly node?: string;
  /** Unsigned 32-bit key, as from `hashKey`: the same key goes to the same node of the method's role. */
  readonly hashKey?: number;
  /** How long to wait for the answer, milliseconds; default: the schema's, and never longer than the call that this one serves. */
  readonly timeoutMs?: number;
  /** Gives up early; the callee's own signal is aborted too. */
  readonly signal?: AbortSignal;
}

/** A caller of other nodes' methods: a node, or the context of a call that it handles. */
export interface Caller {
  /**
   * Calls a method of another node through a gate. Rejects with a `PhotinusError`: the callee's own, `UNAVAILABLE` when
   * no node or gate is there, `DEADLINE_EXCEEDED`, `CANCELLED`.
   */
  call<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): Promise<R>;
  /** Sends a one-way call. Nothing tells whether it arrived; without a live gate it is dropped, counted and logged. */
  notice<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): void;
}

/** A receiver of pushes: a session, a user, a group, everybody. */
export interface PushTarget {
  /** Encodes the message once and sends it, whatever the number of receivers. Never throws for a receiver that is gone. */
  push<M>(push: PushDescriptor<M>, message: M): void;
  /** Pushes a body that is encoded already; the bytes are copied. */
  pushBytes(id: number, body: Uint8Array): void;
}

/** The members of a group, on all gates. */
export interface GroupTarget extends PushTarget {
  /** This group without one session. */
  except(session: Session): PushTarget;
}

/** Where pushes go, besides to a session. */
export interface Pushers {
  /** The session of a user id, on whatever gate it is. */
  user(id: bigint): PushTarget;
  /** The sessions that joined the group, on all gates. */
  group(name: string): GroupTarget;
  /** Every session of every gate. */
  everyone(): PushTarget;
}

/** How a session is thrown out. */
export interface KickOptions {
  /** What the client is told as the code; default "PERMISSION_DENIED". Another word is refused with INVALID_ARGUMENT. */
  readonly code?: ErrorCode;
  /** Whether the client may reconnect by itself; default false. */
  readonly reconnect?: boolean;
}

/** For how long a session is in a group. */
export interface JoinOptions {
  /**
   * What becomes of the membership when the node that made it is lost, or its link to the gate: "keep" (default), or
   * "leave" for a group whose state only that node has, so that its successor begins with an empty group.
   */
  readonly whenNodeLost?: "keep" | "leave";
}

/** What became of another node, as the gates say. */
export interface NodeChange {
  /** The node's name. */
  readonly node: string;
  readonly role: string;
  /** The gate that says it; of several gates the first. */
  readonly gate: string;
  /** Of a loss: true when the node had said before that it would stop. */
  readonly planned: boolean;
  /** Of a loss: for how long its place is kept, milliseconds; calls that only it can answer fail with UNAVAILABLE meanwhile. Else 0. */
  readonly awaitedMs: number;
}

/** One player's presence at a gate, as a node sees it. */
export interface Session extends PushTarget {
  /** Unique at its gate. */
  readonly id: number;
  /** Name of the gate. */
  readonly gate: string;
  /** 0n before it is bound. */
  readonly userId: bigint;
  /** What the session has proved; "anyone" before it is bound. */
  readonly auth: AuthLevel;
  /** The client's address, "203.0.113.7:53122". */
  readonly remote: string;
  /** True when the client is gone; pushes go nowhere then. */
  readonly ended: boolean;
  /**
   * Binds the session to a user, as after a login. Any older session of that user, at any gate, is kicked.
   * Rejects with ABORTED when a newer session of the user is there, UNAVAILABLE when the gate or the session is gone.
   */
  bind(userId: bigint, options?: { readonly auth?: "user" | "admin" }): Promise<void>;
  /**
   * Adds the session to a group, by a name of 1 to 256 characters, for as long as it lasts. It is in order with the pushes
   * that this node sends to the session; beyond the gate's limits it is refused, counted and logged there.
   */
  join(group: string, options?: JoinOptions): void;
  /** Takes the session out of a group; harmless when it is not in it. */
  leave(group: string): void;
  /** Tells the client why and closes its connection. */
  kick(reason: string, options?: KickOptions): void;
  /** From now on, the session's commands for this role that are routed by session go to this node. */
  assign(role: string, node: string): void;
}

/** A node, as the code that runs on it sees it. */
export interface NodeHandle extends Caller, Pushers {
  /** The node's own name, unique in its cluster. */
  readonly name: string;
  readonly role: string;
  /** Writes to the node's log; each line has the node's name. */
  readonly log: Logger;
  /**
   * The rows of a generated table: `const heroes = node.table(heroTable)`. Always the same handle. The store is opened with
   * the first; throws FAILED_PRECONDITION when the node has none, or not the one that is configured.
   */
  table<S extends TableShape>(table: Table<S>): TableHandle<S>;
  /** Called when a session ends that this node has served, once its last command is done. */
  onSessionEnd(listener: (session: Session) => void): void;
  /**
   * Called when another node of the role has lost its link to a gate, because it was killed, has stopped or cannot be
   * reached. What it kept in memory is most likely gone, and the sessions that it served do not know yet.
   */
  onNodeLost(role: string, listener: (lost: NodeChange) => void): void;
  /** Called when a node of the role that was lost is linked again; a restarted one has served nobody yet. */
  onNodeBack(role: string, listener: (back: NodeChange) => void): void;
  /** Called when a node of the role that was lost has not come back in time: other nodes of the role have its part now. */
  onNodeGone(role: string, listener: (gone: NodeChange) => void): void;
  /**
   * Called when the node stops, before its last calls are finished; the latest registered runs first. All of them together
   * may take as long as the node's grace.
   */
  onStop(listener: () => Awaitable<void>): void;
}

/** What every handler knows of the call it serves. */
export interface CallContext extends Caller, Pushers {
  /** The node that handles the call; for what outlives it. */
  readonly node: NodeHandle;
  /** The node's log. */
  readonly log: Logger;
  /** Aborted when the caller gave up, its deadline has passed, or it is gone. */
  readonly signal: AbortSignal;
  /** Time left to answer in, milliseconds; 0 when it is over. */
  remainingMs(): number;
  /**
   * Runs this once the handler has finished and its answer is on its way: what it pushes to the caller arrives after the answer.
   * It comes before the next call of the lane, in the order of registration, and not at all when the handler fails. What it
   * throws is logged. At once when the answer is on its way already.
   */
  afterReply(run: () => void): void;
}

/** What the handler of a client's command knows. */
export interface CommandContext extends CallContext {
  /** The session that sent the command. */
  readonly session: Session;
  /** 0n before the session is bound. */
  readonly userId: bigint;
}

/** What the handler of another node's call knows. */
export interface MethodContext extends CallContext {
  /** Name of the node that calls. */
  readonly from: string;
}
