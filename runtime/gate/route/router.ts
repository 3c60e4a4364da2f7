import { errorCodes } from "../../../schema/errors.ts";
import { newBuckets, type RateLimit, rateLimitOf } from "../../clock/rate-limit.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { NodeLoads } from "../flood/node-loads.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { NodePeer, Role } from "../nodes/node-peer.ts";
import type { NodeRegistry } from "../nodes/node-registry.ts";
import { unavailableCause, unavailableReason } from "../nodes/unavailable-reason.ts";
import type { GateSession } from "../session/gate-session.ts";
import type { SessionNotices } from "../session/session-notices.ts";
import type { DeprecatedUses } from "./deprecated-uses.ts";
import { HeldCommands } from "./held-commands.ts";
import { KeptBodies } from "./kept-bodies.ts";
import { chooseNode, malformed, moving } from "./node-choice.ts";
import { Relay, type RelayOwner } from "./relay.ts";
import { RouteLane } from "./route-lane.ts";
import type { CommandRoute, RouteTable } from "./route-table.ts";

/** Bucket of the guest rate in a session's buckets; see {@link RouteTable}. */
const guestBucket = 0;
/** Most relays kept for reuse. */
const pooledRelays = 4_096;
/** Most nodes that a request is sent to again. A request that ends the processes of its nodes must not reach all of them. */
const mostRetries = 2;

/** Why a notify was not sent: its command is a request, is unknown, or was refused by policy. */
export type WrongNotify = "request" | "unknown" | "refused";

/**
 * Routes commands of clients: checks the schema's policy, chooses a node, and forwards the body unchanged. Every request gets
 * exactly one answer: the node's, or an error of the gate with UNIMPLEMENTED, UNAUTHENTICATED, PERMISSION_DENIED,
 * INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNAVAILABLE or DEADLINE_EXCEEDED.
 */
export class Router implements RelayOwner {
  readonly hardBufferBytes: number;
  readonly maxBodyBytes: number;
  /** Arrival time of the current commands. The caller sets it once for each chunk, so that the clock is read once. */
  now = 0;
  readonly #core: GateCore;
  readonly #table: RouteTable;
  readonly #nodes: NodeRegistry;
  readonly #notices: SessionNotices;
  readonly #onSlow: (session: GateSession) => void;
  readonly #guestRate: RateLimit | undefined;
  readonly #pool: Relay[] = [];
  readonly #kept: KeptBodies;
  readonly #held: HeldCommands;
  /** Backpressure from overloaded nodes. */
  readonly loads: NodeLoads;
  readonly uses: DeprecatedUses;

  constructor(
    core: GateCore,
    table: RouteTable,
    nodes: NodeRegistry,
    notices: SessionNotices,
    onSlow: (session: GateSession) => void,
    loads: NodeLoads,
  ) {
    this.#core = core;
    this.loads = loads;
    this.#table = table;
    this.uses = table.uses;
    this.#nodes = nodes;
    this.#notices = notices;
    this.#onSlow = onSlow;
    this.#kept = new KeptBodies(core.limits);
    this.#held = new HeldCommands(core, this.#kept, (...command) => {
      this.now = core.clock.now();
      this.#send(...command);
    });
    this.#guestRate = rateLimitOf(core.limits.guestRate);
    this.hardBufferBytes = core.limits.hardBufferBytes;
    this.maxBodyBytes = largestBody(core.limits.maxServerFrameBytes);
  }

  /** Returns whether the schema declares a command as a notify; undefined for an unknown command. */
  isNotify(command: number): boolean | undefined {
    return this.#table.commands.get(command)?.notify;
  }

  /**
   * Routes a request. Returns false when policy refused the request; the client has the error then.
   *
   * @param remainingMs how long the client waits for the answer; -1 when the client gave no timeout
   */
  request(
    session: GateSession,
    command: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    remainingMs: number,
  ): boolean {
    const relay = this.#pool.pop() ?? new Relay(this);
    relay.start(session, command, sequence);
    const route = this.#table.commands.get(command);
    if (route === undefined) {
      this.#core.refusals.note("client.refused.unknown", { command });
      relay.failure(errorCodes.UNIMPLEMENTED, `unknown command ${command}`, 0);
      return false;
    }
    if (session.inFlight > this.#core.limits.inFlightCount) {
      this.#core.refusals.note("client.refused.in-flight", { session: session.id });
      relay.failure(
        errorCodes.RESOURCE_EXHAUSTED,
        `too many requests in flight; the limit is ${this.#core.limits.inFlightCount}`,
        retryAfterMs("busy"),
      );
      return false;
    }
    if (route.notify) {
      relay.failure(
        errorCodes.INVALID_ARGUMENT,
        `command ${command} is a notify, but arrived as a request`,
        0,
      );
      return false;
    }
    if (!this.#admit(session, route, relay, end - start)) return false;
    if (route.deprecated >= 0) this.uses.add(session.client, route.deprecated);
    const timeoutMs = remainingMs >= 0 && remainingMs < route.timeoutMs ? remainingMs : route.timeoutMs;
    if (timeoutMs === 0)
      relay.failure(errorCodes.DEADLINE_EXCEEDED, "the request arrived after its deadline", 0);
    else this.#send(session, route, relay, bytes, start, end, timeoutMs);
    return true;
  }

  /**
   * Routes a notify, which has no answer. Returns why the notify was not sent; undefined when it was. A notify whose
   * node is unreachable is dropped and counted; the result is undefined then too.
   */
  notify(
    session: GateSession,
    command: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): WrongNotify | undefined {
    const route = this.#table.commands.get(command);
    if (route === undefined || !route.notify) {
      this.#core.refusals.note("client.refused.unknown", { command });
      return route === undefined ? "unknown" : "request";
    }
    if (!this.#admit(session, route, undefined, end - start)) return "refused";
    if (route.deprecated >= 0) this.uses.add(session.client, route.deprecated);
    this.#send(session, route, undefined, bytes, start, end, route.timeoutMs);
    return undefined;
  }

  tooSlow(session: GateSession): void {
    this.#onSlow(session);
  }

  /** Nodes in other languages may send such replies; this version's own nodes check the size before they send. */
  tooLarge({ command, link }: Relay, size: number): string {
    const { counters, counted } = this.#core;
    const name = this.#nameOf(command);
    const details = { reply: name, size, limit: this.maxBodyBytes, node: link?.peer };
    counters.add("relay.reply.too-large");
    counted.error(details, "reply too large for clients", name);
    return `the reply has ${size} bytes; clients accept at most ${this.maxBodyBytes}`;
  }

  /** Logs at the gate, because a node whose process hangs cannot log. */
  unanswered({ command, session, link }: Relay): void {
    const { counters, counted } = this.#core;
    const name = this.#nameOf(command);
    counters.add("relay.unanswered");
    const details = { call: name, session: session?.id, node: link?.peer };
    counted.warn(details, "node did not answer in time", name);
  }

  noRoom(): string {
    this.#core.counters.add("relay.reply.no-room");
    return "the client has not read earlier answers yet";
  }

  #nameOf(command: number): string {
    return this.#table.commands.get(command)?.entry.name ?? String(command);
  }

  recycle(relay: Relay): void {
    this.loads.answered(relay.link);
    if (relay.kept && relay.session !== undefined) this.#kept.give(relay.session, relay.keptBytes);
    relay.reset();
    if (this.#pool.length < pooledRelays) this.#pool.push(relay);
  }

  retry(relay: Relay): boolean {
    const { session, lane, kept, retries, abandoned } = relay;
    const route = this.#table.commands.get(relay.command);
    if (!kept || abandoned || retries >= mostRetries || session === undefined || !route?.retried)
      return false;
    this.now = this.#core.clock.now();
    const leftMs = relay.until - this.now;
    if (leftMs <= 0) return false;
    this.#core.counters.add("relay.retried");
    relay.leaveLost();
    const { body } = relay;
    // Commands in the queue were sent after this request.
    if (lane?.queue !== undefined)
      this.#held.enqueue(lane, { session, route, relay, body, timeoutMs: leftMs });
    else this.#send(session, route, relay, body, 0, body.length, leftMs);
    return true;
  }

  /** Sends again what waits for a node of the role. To be called after one has registered, or has lost its place. */
  nodesChanged(role: Role): void {
    this.#held.nodesChanged(role);
  }

  /** Checks policy: auth level, body size and rate. Returns false when the command was refused; a request is answered then. */
  #admit(session: GateSession, route: CommandRoute, relay: Relay | undefined, size: number): boolean {
    const { refusals } = this.#core;
    if (session.auth < route.auth) {
      refusals.note("client.refused.auth", { command: route.entry.name });
      const code = session.userId === 0n ? errorCodes.UNAUTHENTICATED : errorCodes.PERMISSION_DENIED;
      relay?.failure(
        code,
        session.userId === 0n ? "the session is not logged in" : "the session's auth level is too low",
        0,
      );
      return false;
    }
    if (size > route.maxBytes) {
      refusals.note("client.refused.size", { command: route.entry.name, size });
      relay?.failure(
        errorCodes.INVALID_ARGUMENT,
        `the body has ${size} bytes; the command accepts at most ${route.maxBytes}`,
        0,
      );
      return false;
    }
    const guest = session.userId === 0n ? this.#guestRate : undefined;
    if (guest === undefined && route.rate === undefined) return true;
    session.buckets ??= newBuckets(this.#table.bucketCount);
    const { now } = this;
    let waitMs = guest === undefined ? 0 : guest.take(session.buckets, guestBucket, now);
    const byGuest = waitMs > 0;
    if (waitMs === 0 && route.rate !== undefined) {
      waitMs = route.rate.take(session.buckets, route.rateIndex, now);
    }
    if (waitMs === 0) return true;
    refusals.note("client.refused.rate", { command: route.entry.name, session: session.id });
    if (relay !== undefined) this.#tooOften(relay, route, byGuest ? guest : undefined, waitMs);
    return false;
  }

  /** Fails a request that exceeds a rate, with the wait until the next token as retry time. */
  #tooOften(relay: Relay, route: CommandRoute, guests: RateLimit | undefined, waitMs: number): void {
    const { count, perMs } = (guests ?? route.rate)!.rate;
    const what = guests ? "commands of a session without a login" : "calls of this command";
    const reason = `rate limit exceeded: ${count} ${what} in ${perMs} ms; retry in ${waitMs} ms`;
    relay.failure(errorCodes.RESOURCE_EXHAUSTED, reason, waitMs);
  }

  /** Sends an admitted command to its node, or queues it while its lane moves. Queued commands come here again. */
  #send(
    session: GateSession,
    route: CommandRoute,
    relay: Relay | undefined,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
  ): void {
    const peer = chooseNode(this.#nodes, session, route, bytes, start, end);
    if (peer === malformed) {
      relay?.failure(errorCodes.INVALID_ARGUMENT, "the body is malformed: cannot read the routing key", 0);
      return;
    }
    if (peer === moving) {
      if (this.#held.awaitChange(session, route, relay, bytes, start, end, timeoutMs)) return;
      this.#core.refusals.note("relay.moving.refused", { command: route.entry.name, session: session.id });
      const reason = relay?.lossOr("the key of this command moves to another node") ?? "";
      relay?.failure(errorCodes.UNAVAILABLE, reason, retryAfterMs("busy"));
      return;
    }
    const node = peer?.link;
    if (node === undefined || !node.alive || peer?.draining || !peer?.knows("commands", route.id)) {
      if (
        relay !== undefined &&
        isAwaited(route, peer) &&
        this.#held.awaitNode(session, route, relay, bytes, start, end, timeoutMs)
      ) {
        return;
      }
      this.#core.counters.add("relay.unavailable");
      if (relay !== undefined) this.#unavailable(relay, route, peer);
      return;
    }
    let lane: RouteLane | undefined;
    if (route.lane >= 0) {
      lane = session.lanes?.[route.lane];
      if (lane === undefined) {
        lane = new RouteLane(node);
        session.addLane(route.lane, lane);
      } else if (lane.queue !== undefined || lane.link !== node) {
        if (lane.queue !== undefined || (!lane.idle && lane.link?.over === false)) {
          const body = relay?.kept ? relay.body : new Uint8Array(bytes.subarray(start, end));
          this.#held.enqueue(lane, { session, route, relay, body, timeoutMs });
          return;
        }
        lane.link = node;
      }
    }
    if (
      session.knownTo[0] !== node &&
      !session.knownTo.includes(node) &&
      !this.#notices.tell(session, node)
    ) {
      relay?.failure(errorCodes.RESOURCE_EXHAUSTED, "the node is overloaded", retryAfterMs("busy"));
      return;
    }
    if (lane !== undefined) {
      lane.sent++;
      lane.idle = false;
      relay?.board(lane);
    }
    const { link } = node;
    if (relay === undefined) {
      if (link.overloaded) this.#core.refusals.note("relay.notify.dropped", { peer: node.peer.name });
      else link.relay(session.number, route.id, bytes, start, end, timeoutMs);
      this.loads.sent(session, node);
      return;
    }
    relay.link = link;
    if (route.retried && !relay.kept && this.#kept.take(session, end - start)) {
      relay.keep(bytes, start, end, this.now + timeoutMs);
    }
    const key = link.relay(
      session.number,
      route.id,
      bytes,
      start,
      end,
      timeoutMs,
      relay,
      undefined,
      this.now,
    );
    // Key 0: the relay has failed already, and may be back in the pool.
    if (key !== 0 && relay.link === link) relay.key = key;
    this.loads.sent(session, node);
  }

  /** Fails a request that found no reachable node. */
  #unavailable(relay: Relay, { role, entry }: CommandRoute, peer: NodePeer | undefined): void {
    const call = { list: "commands", id: entry.id } as const;
    let reason = unavailableReason(role, peer, this.#core.clock.now(), call);
    if (entry.route.kind === "node" && peer === undefined)
      reason = `the node "${entry.route.node}" is not linked to this gate`;
    const retryMs = retryAfterMs(unavailableCause(role, peer));
    relay.failure(errorCodes.UNAVAILABLE, relay.lossOr(reason), retryMs);
  }
}

/** Returns whether a node may still come that takes a call which found none. `peer`: the only node that may take the call. */
function isAwaited({ role, entry }: CommandRoute, peer: NodePeer | undefined): boolean {
  return peer !== undefined || (entry.route.kind !== "node" && role.members.length > 0);
}
