import { type ErrorCode, errorCodes, fail, type PhotinusError } from "../../../schema/errors.ts";
import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import { type PushAddress, reservedMethods, type Target } from "../../rpc/envelope/message-kinds.ts";
import type { Link } from "../../rpc/link.ts";
import { admin, linkVersion } from "../../rpc/link-administration.ts";
import type { LinkHandler, MapFormResponder, Responder } from "../../rpc/link-handler.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import { firstControlCommand } from "../../wire/frame/frame-format.ts";
import {
  Bind,
  GroupList,
  LinkHello,
  LinkWelcome,
  ListGroup,
  SessionsMoved,
} from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { Arrivals } from "../moves/arrivals.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import { type MoveAway, ServedPeer } from "../peers/served-peer.ts";
import type { Pushes } from "../session/pushes.ts";
import type { UserBinds } from "../users/user-binds.ts";
import type { Administration } from "./administration.ts";
import type { MapFormNodes } from "./map-form-nodes.ts";
import type { MethodCalls } from "./method-calls.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** Parts of a gate that all its links use. */
export interface LinkParts {
  readonly core: GateCore;
  readonly nodes: NodeRegistry;
  readonly methods: MethodCalls;
  readonly pushes: Pushes;
  readonly administration: Administration;
  readonly mapForm: MapFormNodes;
  readonly binds: UserBinds;
  readonly arrivals: Arrivals;
  readonly moveAway: MoveAway;
  readonly peers: GatePeers;
}

/** Gate's side of one link. Refuses everything until the peer has registered under a name, by hello or takeProxy. */
export class LinkSide implements LinkHandler {
  readonly #parts: LinkParts;
  readonly #onClosed: (side: LinkSide) => void;
  readonly #handshake: DeadlineHandle;
  #node: NodeLink | undefined;
  #gate: ServedPeer | undefined;
  /** Set right after the link is made, before the first message is delivered. */
  link!: Link;

  constructor(parts: LinkParts, onClosed: (side: LinkSide) => void) {
    this.#parts = parts;
    this.#onClosed = onClosed;
    const { deadlines, limits } = parts.core;
    this.#handshake = deadlines.add(limits.handshakeMs, { onDeadline: () => this.#onHandshakeTime() });
  }

  /** True once the peer has registered as a node or a gate. */
  get known(): boolean {
    return this.#node !== undefined || this.#gate !== undefined;
  }

  /** True for the link of another gate. */
  get ofGate(): boolean {
    return this.#gate !== undefined;
  }

  onAsk(
    method: number,
    target: Target,
    bytes: Uint8Array,
    start: number,
    end: number,
    timeoutMs: number,
    reply: Responder,
  ): void {
    const node = this.#node;
    if (this.#gate !== undefined) this.#gate.ask(method, bytes, start, end, reply);
    else if (node === undefined) {
      if (method === admin.hello) this.#onHello(decode(LinkHello, bytes, start, end), reply);
      else reply.failure(errorCodes.UNAUTHENTICATED, "the first message must be hello", 0);
    } else if (method < reservedMethods) {
      this.#parts.methods.ask(node.peer.name, method, target, bytes, start, end, timeoutMs, reply);
    } else if (method === admin.bind) {
      this.#parts.administration.bind(node, decode(Bind, bytes, start, end), timeoutMs).then(
        () => reply.answerBytes(emptyBytes, 0, 0),
        (error: unknown) => reply.fail(error),
      );
    } else if (method === admin.draining) {
      this.#parts.administration.draining(node);
      // The node gets no new calls from now on, so the answer is the last of what it has to wait for.
      reply.answerBytes(emptyBytes, 0, 0);
    } else if (method === admin.listGroup) {
      reply.answer(GroupList, this.#parts.administration.list(decode(ListGroup, bytes, start, end)));
    } else {
      reply.failure(errorCodes.UNIMPLEMENTED, `unknown administration method ${method}`, 0);
    }
  }

  onNotice(method: number, target: Target, bytes: Uint8Array, start: number, end: number): void {
    this.#gate?.notice(method, bytes, start, end);
    const node = this.#node;
    if (node === undefined) return;
    if (method === admin.sessionsMoved) {
      this.#parts.arrivals.moved(node, decode(SessionsMoved, bytes, start, end));
    } else if (method >= reservedMethods) this.#parts.administration.notice(node, method, bytes, start, end);
    else this.#parts.methods.notice(node.peer.name, method, target, bytes, start, end);
  }

  /** Refuses a relayed client message: only gates have clients. */
  onRelay(
    _session: number,
    _command: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _timeoutMs: number,
    reply: Responder | undefined,
  ): void {
    reply?.failure(errorCodes.UNIMPLEMENTED, "a gate accepts no client messages from a node", 0);
  }

  onPush(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): void {
    const node = this.#node;
    if (node === undefined) return;
    // Clients would take such a push for a control message of the gate.
    if (push >= firstControlCommand) {
      this.#parts.core.refusals.note("push.refused.reserved", { push, by: node.peer.name });
    } else this.#parts.pushes.send(node.peer.name, push, address, bytes, start, end);
  }

  onMapForm(
    name: string,
    args: unknown[],
    kw: Record<string, unknown>,
    reply: MapFormResponder | undefined,
  ): void {
    if (name === "takeProxy") {
      const [own] = args;
      this.#take(own, kw["role"] ?? own, "");
      reply?.answer(this.#parts.core.name);
      return;
    }
    if (this.#node === undefined) throw fail("UNAUTHENTICATED", "the first call must be takeProxy(name)");
    this.#parts.mapForm.serve(this.#node, name, args, reply);
  }

  onClose(reason: string): void {
    this.#parts.core.deadlines.remove(this.#handshake);
    this.#onClosed(this);
    if (this.#node !== undefined) this.#parts.nodes.lost(this.#node, reason);
    this.#gate?.lost();
  }

  /** Registers a node or gate of Photinus. A peer with another schema is served, but logged: only changed messages may fail. */
  #onHello(hello: LinkHello, reply: Responder): void {
    const { core } = this.#parts;
    if (hello.version !== linkVersion) {
      throw fail(
        "FAILED_PRECONDITION",
        `unsupported link protocol version ${hello.version}; expected ${linkVersion}`,
      );
    }
    if (hello.gates.length > 0) this.#takeGate(hello.name);
    else this.#take(hello.name, hello.role, hello.bootId);
    if (hello.schema !== "" && hello.schema !== core.schema) {
      const details = { peer: hello.name, ours: core.schema, theirs: hello.schema };
      core.counted.warn(details, "peer has a schema other than the gate's", hello.name);
    }
    const { name: gate, bootId, schema } = core;
    const maxClientBodyBytes = largestBody(this.#parts.core.limits.maxServerFrameBytes);
    const gates = [...this.#parts.binds.gates];
    reply.answer(LinkWelcome, { gate, bootId, schema, version: linkVersion, maxClientBodyBytes, gates });
  }

  /** Registers the peer as another gate of the cluster. */
  #takeGate(name: string): void {
    const { core } = this.#parts;
    if (!isNodeName(name)) throw this.#refused(badName("name", name));
    if (name === core.name) {
      throw this.#refused(`gate name "${name}" is the name of this gate; choose another name`);
    }
    this.#gate = new ServedPeer(name, this.link, this.#parts);
    this.#parts.peers.hurry(name);
    this.link.peer = name;
    core.deadlines.remove(this.#handshake);
  }

  /** Registers the peer as a node. Name and role come from the peer unchecked, and may have any type. */
  #take(name: unknown, role: unknown, bootId: string): void {
    const { core, nodes } = this.#parts;
    if (this.#node !== undefined)
      throw fail("FAILED_PRECONDITION", "this link is already registered under a name");
    if (!isNodeName(name)) throw this.#refused(badName("name", name));
    if (!isNodeName(role)) throw this.#refused(badName("role", role));
    if (name === core.name) {
      throw this.#refused(`node name "${name}" is the name of this gate; choose another name`);
    }
    const there = nodes.get(name);
    if (there?.link?.alive && there.role.name !== role) {
      const reason = `node name "${name}" is in use by a linked node of role "${there.role.name}"; choose another name`;
      throw this.#refused(reason, "ALREADY_EXISTS");
    }
    this.#node = nodes.register(name, role, bootId, this.link);
    if (this.#node === undefined)
      throw fail("RESOURCE_EXHAUSTED", `too many nodes; the limit is ${core.limits.nodeCount}`);
    this.link.peer = name;
    core.deadlines.remove(this.#handshake);
  }

  /** Counts and logs a refused registration. Returns the error to throw. */
  #refused(reason: string, code: ErrorCode = "INVALID_ARGUMENT"): PhotinusError {
    this.#parts.core.refusals.note("links.refused.name", { remote: this.link.transport.remote, reason });
    return fail(code, reason);
  }

  #onHandshakeTime(): void {
    this.#parts.core.refusals.note("links.closed.handshake", { remote: this.link.transport.remote });
    this.link.destroy("no hello within the handshake timeout");
  }
}

/** Describes a refused name. The name is quoted and truncated, because it goes into a log line and back to the peer. */
function badName(what: "name" | "role", found: unknown): string {
  const shown =
    typeof found === "string" ? JSON.stringify(found.slice(0, 80)) : `a value of type ${typeof found}`;
  return `invalid node ${what} ${shown}; expected ${nodeNameRule}`;
}
