import { errorCodes, fail } from "../../../schema/errors.ts";
import type { Protocol } from "../../api/protocol.ts";
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
  ChangeCanary,
  GroupList,
  LinkHello,
  LinkWelcome,
  ListGroup,
  Revoke,
  SessionsMoved,
} from "../../wire/generated/photinus/link.ts";
import type { Revocations } from "../auth/revocations.ts";
import type { CanaryChanges } from "../canary/canary-changes.ts";
import { canaryOf } from "../canary/role-pools.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { Arrivals } from "../moves/arrivals.ts";
import type { GateLinkTrust } from "../peers/allowed-peers.ts";
import type { GatePeers } from "../peers/gate-peers.ts";
import { LinkAdmission } from "../peers/link-admission.ts";
import { type MoveAway, ServedPeer } from "../peers/served-peer.ts";
import type { Pushes } from "../push/pushes.ts";
import { unknownCalls } from "../route/unknown-calls.ts";
import type { UserBinds } from "../users/user-binds.ts";
import type { Administration } from "./administration.ts";
import type { MapFormNodes } from "./map-form-nodes.ts";
import type { MethodCalls } from "./method-calls.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry, NodeRelease } from "./node-registry.ts";

/** Parts of a gate that all its links use. */
export interface LinkParts {
  readonly core: GateCore;
  readonly protocol: Protocol;
  readonly nodes: NodeRegistry;
  readonly methods: MethodCalls;
  readonly canaries: CanaryChanges;
  readonly pushes: Pushes;
  readonly administration: Administration;
  readonly mapForm: MapFormNodes;
  readonly binds: UserBinds;
  readonly revocations: Revocations;
  readonly arrivals: Arrivals;
  readonly moveAway: MoveAway;
  readonly peers: GatePeers;
  readonly trust: GateLinkTrust;
}

/** Notifications of a {@link LinkSide} to its owner. */
export interface LinkSideEvents {
  /** Called once, when the peer has registered as a node or a gate. */
  onKnown(side: LinkSide): void;
  onClosed(side: LinkSide): void;
}

/** Gate's side of one link. Refuses everything until the peer has registered under a name, by hello or takeProxy. */
export class LinkSide implements LinkHandler {
  readonly #parts: LinkParts;
  readonly #events: LinkSideEvents;
  readonly #admission: LinkAdmission;
  readonly #handshake: DeadlineHandle;
  #node: NodeLink | undefined;
  #gate: ServedPeer | undefined;
  /** Set right after the link is made, before the first message is delivered. */
  link!: Link;

  constructor(parts: LinkParts, events: LinkSideEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#admission = new LinkAdmission(parts.core, parts.trust, () => this.link);
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
      if (this.#admission.ask(method, bytes, start, end, reply)) return;
      if (method === admin.hello) this.#onHello(decode(LinkHello, bytes, start, end), reply);
      else this.#admission.tooEarly(reply);
    } else if (method < reservedMethods) {
      this.#parts.methods.ask(node.peer.name, method, target, bytes, start, end, timeoutMs, reply);
    } else if (method === admin.bind) {
      this.#parts.administration.bind(node, decode(Bind, bytes, start, end), timeoutMs).then(
        () => reply.answerBytes(emptyBytes, 0, 0),
        (error: unknown) => reply.fail(error),
      );
    } else if (method === admin.revoke) {
      this.#parts.revocations.revoke(decode(Revoke, bytes, start, end)).then(
        () => reply.answerBytes(emptyBytes, 0, 0),
        (error: unknown) => reply.fail(error),
      );
    } else if (method === admin.draining) {
      this.#parts.administration.draining(node);
      // The node gets no new calls from now on, so the answer is the last of what it has to wait for.
      reply.answerBytes(emptyBytes, 0, 0);
    } else if (method === admin.changeCanary) {
      this.#parts.canaries.ask(node, decode(ChangeCanary, bytes, start, end), reply);
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
    if (!this.known) this.#admission.tooEarly(reply);
    else reply?.failure(errorCodes.UNIMPLEMENTED, "a gate accepts no client messages from a node", 0);
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
    if (this.#node !== undefined && name !== "takeProxy") {
      this.#parts.mapForm.serve(this.#node, name, args, reply);
      return;
    }
    if (this.#admission.mapForm(name, args, reply)) return;
    if (name !== "takeProxy") {
      this.#admission.tooEarlyMapForm(reply);
      return;
    }
    try {
      const [own] = args;
      const proof = this.#take(own, kw["role"] ?? own, "", kw["proof"]);
      const gate = this.#parts.core.name;
      reply?.answer(proof.length === 0 ? gate : { gate, proof });
    } catch (error) {
      // A refusal is counted. As an error of a notice it would fill the log.
      reply?.fail(error);
    }
  }

  onClose(reason: string): void {
    this.#parts.core.deadlines.remove(this.#handshake);
    this.#events.onClosed(this);
    if (this.#node !== undefined) {
      this.#parts.canaries.lost(this.#node);
      this.#parts.nodes.lost(this.#node, reason);
    }
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
    const proof =
      hello.gates.length > 0
        ? this.#takeGate(hello.name, hello.proof)
        : this.#take(hello.name, hello.role, hello.bootId, hello.proof, {
            release: hello.release,
            unknown: unknownCalls(this.#parts.protocol, hello),
            canary: hello.canary && canaryOf(hello.canary),
          });
    if (hello.schema !== "" && hello.schema !== core.schema) {
      const details = { peer: hello.name, ours: core.schema, theirs: hello.schema };
      core.counted.warn(details, "peer has a schema other than the gate's", hello.name);
    }
    const { name: gate, bootId, schema } = core;
    const maxClientBodyBytes = largestBody(this.#parts.core.limits.maxServerFrameBytes);
    const gates = [...this.#parts.binds.gates];
    const version = linkVersion;
    const welcome = { gate, bootId, schema, version, maxClientBodyBytes, gates, takesRegroup: true, proof };
    reply.answer(LinkWelcome, welcome);
  }

  /** Registers the peer as another gate of the cluster. Returns the gate's proof. */
  #takeGate(name: string, proof: Uint8Array): Uint8Array {
    const own = this.#admission.introduce("gate", name, "", proof);
    this.#gate = new ServedPeer(name, this.link, this.#parts);
    this.#parts.peers.hurry(name);
    this.#nowKnown(name);
    return own;
  }

  /** Registers the peer as a node. Name and role come from the peer unchecked, and may have any type. Returns the gate's proof. */
  #take(name: unknown, role: unknown, bootId: string, proof: unknown, release?: NodeRelease): Uint8Array {
    const { core, nodes } = this.#parts;
    if (this.#node !== undefined)
      throw fail("FAILED_PRECONDITION", "this link is already registered under a name");
    const own = this.#admission.introduce("node", name, role, proof);
    const [known, as] = [String(name), String(role)];
    const there = nodes.get(known);
    if (there?.link?.alive && there.role.name !== as) {
      const reason = `node name "${known}" is in use by a linked node of role "${there.role.name}"; choose another name`;
      throw this.#admission.refused(reason, "ALREADY_EXISTS");
    }
    this.#node = nodes.register(known, as, bootId, this.link, release);
    if (this.#node === undefined)
      throw fail("RESOURCE_EXHAUSTED", `too many nodes; the limit is ${core.limits.nodeCount}`);
    this.#nowKnown(known);
    return own;
  }

  #nowKnown(name: string): void {
    this.link.peer = name;
    this.#parts.core.deadlines.remove(this.#handshake);
    this.#events.onKnown(this);
  }

  #onHandshakeTime(): void {
    this.#parts.core.refusals.note("links.closed.handshake", { remote: this.link.transport.remote });
    this.link.destroy("no hello within the handshake timeout");
  }
}
