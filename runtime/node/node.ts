import { randomUUID } from "node:crypto";
import { fail } from "../../schema/errors.ts";
import type { MethodDescriptor } from "../api/descriptors.ts";
import type {
  Awaitable,
  GroupTarget,
  MethodCallOptions,
  NodeChange,
  PushTarget,
  Session,
} from "../api/handler-context.ts";
import type { TicketHandler } from "../api/ticket-handler.ts";
import type { Clock } from "../clock/clock.ts";
import { Deadlines } from "../clock/deadlines.ts";
import { CountedLog } from "../log/counted-log.ts";
import { Counters } from "../log/counters.ts";
import type { Logger } from "../log/logger.ts";
import { resolveOptions } from "../options/option-resolver.ts";
import type { TableHandle } from "../tables/handle/table-handle.ts";
import type { Table, TableShape } from "../tables/handle/table-shape.ts";
import type { Tables } from "../tables/tables.ts";
import { type NodeChanged, NodeState } from "../wire/generated/photinus/link.ts";
import { DispatchTable } from "./calls/dispatch-table.ts";
import { type CanaryOptions, type CanaryStatus, canaryRule, statusOf, takeOf } from "./canary-options.ts";
import { type NodeModule, resolveServices } from "./define-node.ts";
import { inDevelopment } from "./development.ts";
import type { GateLink } from "./gates/gate-link.ts";
import { GateLinks } from "./gates/gate-links.ts";
import { NodeCalls } from "./gates/node-calls.ts";
import { NodeChanges } from "./gates/node-changes.ts";
import { PushHub } from "./gates/push-hub.ts";
import { SessionEvents } from "./gates/session-events.ts";
import { WorkerPool } from "./heavy/worker-pool.ts";
import { nodeCloseRule } from "./node-call-options.ts";
import type { GateHandle, NodeHost } from "./node-host.ts";
import {
  type GameNodeOptions,
  type GateAddress,
  type NodeCloseOptions,
  type ResolvedNodeLimits,
  resolveNodeOptions,
} from "./node-options.ts";
import { NodeTickets } from "./node-tickets.ts";

/** Snapshot of a node's state and counters. */
export interface NodeStatus {
  /** Name of the node. */
  readonly name: string;
  readonly role: string;
  /** Gates of the node's list, with the sessions announced to the node; a gate that is not usable now has the name "". */
  readonly gates: readonly { readonly name: string; readonly address: string; readonly sessions: number }[];
  /** Number of running handlers. */
  readonly inFlight: number;
  /** Share of a canary node, now and after a change; absent for any other node. */
  readonly canary?: CanaryStatus;
  /** Counts by dotted name, sorted by name. */
  readonly counters: readonly [string, number][];
}

/** Game server of one role: hosts handlers, keeps a link to every gate, pushes to clients and calls other nodes. */
export class GameNode implements NodeHost {
  readonly name: string;
  readonly role: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly counted: CountedLog;
  readonly limits: ResolvedNodeLimits;
  readonly callStacks: boolean;
  readonly outgoing: NodeCalls;
  readonly tickets: NodeTickets = new NodeTickets(this);
  readonly #links: GateLinks;
  readonly #hub: PushHub;
  readonly #pool: WorkerPool;
  readonly #everyone: PushTarget;
  readonly #sessionEvents = new SessionEvents();
  readonly #nodeChanges: NodeChanges;
  /** Listeners of `onStop`, in the order in which they were added. */
  readonly #stop: (() => Awaitable<void>)[] = [];
  readonly #tables: Tables | undefined;
  #dispatch: DispatchTable;
  #inFlight = 0;
  /** Called when the last running handler finishes, while the node closes. */
  #onQuiet: (() => void) | undefined;
  /** Result of the first `close`; set from the moment the node closes. */
  #closing: Promise<void> | undefined;

  private constructor(options: GameNodeOptions) {
    const resolved = resolveNodeOptions(options);
    this.name = resolved.name;
    this.role = resolved.role;
    this.clock = resolved.clock;
    this.counters = resolved.counters ?? new Counters();
    this.log = resolved.log.child({ node: this.name });
    this.counted = new CountedLog(this.log, this.clock);
    this.#nodeChanges = new NodeChanges(this.counted);
    this.limits = resolved.limits;
    this.callStacks = resolved.callStacks ?? inDevelopment();
    this.#tables = resolved.tables;
    this.#links = new GateLinks(this, {
      bootId: randomUUID(),
      schema: resolved.schema,
      release: resolved.release,
      isCanary: resolved.canary !== undefined,
      deadlines: new Deadlines(this.clock),
      limits: resolved.link,
      trust: resolved.linkTrust,
    });
    this.#hub = new PushHub(this.#links);
    this.#everyone = this.#hub.target({ kind: "everyone" });
    this.#pool = new WorkerPool(this.limits.heavy);
    this.outgoing = new NodeCalls(this);
    this.#dispatch = new DispatchTable(this.role, [], refuseHeavy);
  }

  /**
   * Starts a node: runs its module, then dials the gates. Resolves when the module is ready; links come up later, see
   * {@link linked}. Rejects with the module's error, a TypeError when a service does not fit the role, and INVALID_ARGUMENT that
   * names each invalid option.
   */
  static async open(module: NodeModule, options: GameNodeOptions): Promise<GameNode> {
    const node = new GameNode(options);
    try {
      const services = await resolveServices(module, node);
      node.#dispatch = new DispatchTable(node.role, services, (file, request, signal) =>
        node.#pool.run(file, request, signal),
      );
    } catch (error) {
      await node.close({ graceMs: 0 });
      throw error;
    }
    // Dials last: a gate sends commands as soon as the link is up, and needs the handlers then.
    if (options.canary !== undefined) node.setCanary(options.canary);
    node.setGates(options.gates);
    return node;
  }

  get dispatch(): DispatchTable {
    return this.#dispatch;
  }

  get overloaded(): boolean {
    return this.#inFlight >= this.limits.inFlightCount;
  }

  /** Replaces the list of gates. Dials new gates. A gate that is no longer listed is used until it closes its link. */
  setGates(gates: readonly GateAddress[]): void {
    if (this.#closing === undefined) this.#links.set(gates);
  }

  /**
   * Changes what a canary node takes, at all gates at once: keys move once the earlier work of their nodes is done. The change may take
   * some time; it is tried again until it is complete. Throws INVALID_ARGUMENT, and FAILED_PRECONDITION for a node that is no canary.
   */
  setCanary(options: CanaryOptions): void {
    const canary = resolveOptions("GameNode.setCanary", canaryRule, options);
    if (this.#links.canary === undefined)
      throw fail("FAILED_PRECONDITION", `the node "${this.name}" is no canary; open it with canary: {}`);
    this.#links.canary.set(takeOf(canary));
  }

  /** Resolves once every gate of the list has registered this node. Links may be lost later. */
  linked(): Promise<void> {
    return this.#links.linked();
  }

  liveGates(): readonly GateLink[] {
    return this.#links.live();
  }

  user(id: bigint): PushTarget {
    return this.#hub.target({ kind: "user", user: id });
  }

  group(name: string): GroupTarget {
    return this.#hub.group(name);
  }

  everyone(): PushTarget {
    return this.#everyone;
  }

  call<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): Promise<R> {
    return this.outgoing.call(method, request, options, Number.POSITIVE_INFINITY, undefined);
  }

  notice<Q, R>(method: MethodDescriptor<Q, R>, request: Q, options?: MethodCallOptions): void {
    this.outgoing.notice(method, request, options, undefined);
  }

  table<S extends TableShape>(table: Table<S>): TableHandle<S> {
    if (this.#tables !== undefined) return this.#tables.table(table);
    throw fail(
      "FAILED_PRECONDITION",
      `the node "${this.name}" has no tables; set tables in the topology or in GameNode.open`,
    );
  }

  authenticate(handler: TicketHandler): void {
    this.tickets.handle(handler);
  }

  revoke(userId: bigint): Promise<void> {
    return this.tickets.revoke(userId);
  }

  sessions(): readonly Session[] {
    return this.#links.live().flatMap((gate) => [...gate.sessions()]);
  }

  onSessionEnd(listener: (session: Session) => void): void {
    this.#sessionEvents.on("onSessionEnd", listener);
  }

  onSessionSuspended(listener: (session: Session) => void): void {
    this.#sessionEvents.on("onSessionSuspended", listener);
  }

  onSessionResumed(listener: (session: Session) => void): void {
    this.#sessionEvents.on("onSessionResumed", listener);
  }

  onNodeLost(role: string, listener: (lost: NodeChange) => void): void {
    this.#nodeChanges.on(NodeState.LOST, role, listener);
  }

  onNodeBack(role: string, listener: (back: NodeChange) => void): void {
    this.#nodeChanges.on(NodeState.BACK, role, listener);
  }

  onNodeGone(role: string, listener: (gone: NodeChange) => void): void {
    this.#nodeChanges.on(NodeState.GONE, role, listener);
  }

  onStop(listener: () => Awaitable<void>): void {
    this.#stop.push(listener);
  }

  sessionEnded(session: Session): void {
    this.#sessionEvents.tell("onSessionEnd", session, this.counted);
  }

  sessionChanged(session: Session): void {
    this.#sessionEvents.tell(
      session.suspended ? "onSessionSuspended" : "onSessionResumed",
      session,
      this.counted,
    );
  }

  nodeChanged(gate: GateHandle, message: NodeChanged): void {
    this.#nodeChanges.changed(gate.gate, message);
  }

  started(): void {
    this.#inFlight++;
  }

  finished(): void {
    if (--this.#inFlight === 0) this.#onQuiet?.();
  }

  gateLost(gate: GateLink, reason: string): void {
    const details = { gate: gate.gate, reason };
    if (gate.leaving || gate.goodbye) this.counted.info(details, "gate link closed", gate.gate);
    else if (this.#closing === undefined) this.counted.warn(details, "gate lost", gate.gate);
  }

  /** Returns a snapshot of the node's state and counters. */
  status(): NodeStatus {
    return {
      name: this.name,
      role: this.role,
      gates: this.#links.status(),
      inFlight: this.#inFlight,
      ...(this.#links.canary && { canary: statusOf(this.#links.canary) }),
      counters: this.counters.entries(),
    };
  }

  /**
   * Stops the node: sends Draining to the gates, so that they give the node no new work. Runs the `onStop` listeners, the latest
   * first, and waits for running handlers, both within `graceMs`. Then closes links and threads. Idempotent.
   */
  close(options?: NodeCloseOptions): Promise<void> {
    const { graceMs } = resolveOptions("GameNode.close", nodeCloseRule, options);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Drains before it closes: gates send no new work, while links still carry the answers of running handlers. */
  async #close(graceMs: number): Promise<void> {
    const until = this.clock.now() + graceMs;
    await this.#links.canary?.leave(graceMs / 2);
    await this.#links.drain(graceMs);
    for (const listener of this.#stop.reverse()) await this.#runStop(listener, until);
    if (this.#inFlight > 0) await this.#quiet(until - this.clock.now());
    if (this.#inFlight > 0)
      this.log.warn({ inFlight: this.#inFlight }, "node stopped with handlers still running");
    await this.#links.close(Math.max(0, until - this.clock.now()));
    await this.#pool.close();
  }

  /** Runs a listener. Resolves when the listener is done, at the latest at `until`. */
  #runStop(listener: () => Awaitable<void>, until: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(Math.max(0, until - this.clock.now()), () => {
        this.log.warn({}, "an onStop listener did not finish in time");
        resolve();
      });
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      const run = async (): Promise<void> => listener();
      run().then(done, (error: unknown) => {
        this.log.error({ err: error }, "an onStop listener threw");
        done();
      });
    });
  }

  /** Resolves when no handler runs, at the latest after `graceMs`. */
  #quiet(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(Math.max(0, graceMs), resolve);
      this.#onQuiet = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** Stands in for the worker pool until the services of a node are known. */
function refuseHeavy(): Promise<never> {
  return Promise.reject(new Error("the node has no services yet"));
}
