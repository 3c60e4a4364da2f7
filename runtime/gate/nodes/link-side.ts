import { type ErrorCode, errorCodes, fail, type PhotinusError } from "../../../schema/errors.ts";
import { isNodeName, nodeNameRule } from "../../../schema/node-name.ts";
import type { DeadlineHandle } from "../../clock/deadlines.ts";
import { type PushAddress, reservedMethods, type Target } from "../../rpc/envelope/message-kinds.ts";
import type { Link } from "../../rpc/link.ts";
import { admin, linkVersion } from "../../rpc/link-administration.ts";
import type { LinkHandler, MapFormResponder, Responder } from "../../rpc/link-handler.ts";
import { decode } from "../../wire/codec/codec-runtime.ts";
import { firstControlCommand } from "../../wire/frame/frame-format.ts";
import { Bind, LinkHello, LinkWelcome } from "../../wire/generated/photinus/link.ts";
import type { GateCore } from "../gate-core.ts";
import { largestBody } from "../gate-options.ts";
import type { Pushes } from "../session/pushes.ts";
import type { Administration } from "./administration.ts";
import type { MapFormNodes } from "./map-form-nodes.ts";
import type { MethodCalls } from "./method-calls.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

const nothing = new Uint8Array(0);

/** What the links of a gate work with. */
export interface LinkParts {
  readonly core: GateCore;
  readonly nodes: NodeRegistry;
  readonly methods: MethodCalls;
  readonly pushes: Pushes;
  readonly administration: Administration;
  readonly mapForm: MapFormNodes;
}

/** The gate's side of one link: until the peer has said who it is, it can do nothing else. */
export class LinkSide implements LinkHandler {
  readonly #parts: LinkParts;
  readonly #onClosed: (side: LinkSide) => void;
  readonly #handshake: DeadlineHandle;
  #node: NodeLink | undefined;
  /** Set by the gate right after the link is made, before anything is delivered. */
  link!: Link;

  constructor(parts: LinkParts, onClosed: (side: LinkSide) => void) {
    this.#parts = parts;
    this.#onClosed = onClosed;
    const { deadlines, limits } = parts.core;
    this.#handshake = deadlines.add(limits.handshakeMs, { onDeadline: () => this.#onHandshakeTime() });
  }

  get known(): boolean {
    return this.#node !== undefined;
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
    if (node === undefined) {
      if (method === admin.hello) this.#onHello(decode(LinkHello, bytes, start, end), reply);
      else reply.failure(errorCodes.UNAUTHENTICATED, "say hello first", 0);
    } else if (method < reservedMethods) {
      this.#parts.methods.ask(node.peer.name, method, target, bytes, start, end, timeoutMs, reply);
    } else if (method === admin.bind) {
      this.#parts.administration.bind(node, decode(Bind, bytes, start, end));
      reply.answerBytes(nothing, 0, 0);
    } else {
      reply.failure(errorCodes.UNIMPLEMENTED, "no such administration", 0);
    }
  }

  onNotice(method: number, target: Target, bytes: Uint8Array, start: number, end: number): void {
    const node = this.#node;
    if (node === undefined) return;
    if (method >= reservedMethods) this.#parts.administration.notice(node, method, bytes, start, end);
    else this.#parts.methods.notice(node.peer.name, method, target, bytes, start, end);
  }

  /** Only a gate has clients whose messages could be relayed. */
  onRelay(
    _session: number,
    _command: number,
    _bytes: Uint8Array,
    _start: number,
    _end: number,
    _timeoutMs: number,
    reply: Responder | undefined,
  ): void {
    reply?.failure(errorCodes.UNIMPLEMENTED, "a gate takes no clients' messages from a node", 0);
  }

  onPush(push: number, address: PushAddress, bytes: Uint8Array, start: number, end: number): void {
    const node = this.#node;
    if (node === undefined) return;
    // A client would take it for the gate's own word.
    if (push >= firstControlCommand) {
      this.#parts.core.refusals.note("push.refused.reserved", { push, by: node.peer.name });
    } else this.#parts.pushes.send(push, address, bytes, start, end);
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
    if (this.#node === undefined) throw fail("UNAUTHENTICATED", "takeProxy(name) comes first");
    this.#parts.mapForm.serve(this.#node, name, args, reply);
  }

  onClose(reason: string): void {
    this.#parts.core.deadlines.remove(this.#handshake);
    this.#onClosed(this);
    if (this.#node !== undefined) this.#parts.nodes.lost(this.#node, reason);
  }

  #onHello(hello: LinkHello, reply: Responder): void {
    const { core } = this.#parts;
    if (hello.version !== linkVersion) {
      throw fail("FAILED_PRECONDITION", `this gate speaks version ${linkVersion} of the link protocol`);
    }
    this.#take(hello.name, hello.role, hello.bootId);
    if (hello.schema !== "" && hello.schema !== core.schema) {
      const details = { peer: hello.name, ours: core.schema, theirs: hello.schema };
      core.counted.warn(details, "a node was generated from another schema", hello.name);
    }
    const { name: gate, bootId, schema } = core;
    const maxClientBodyBytes = largestBody(this.#parts.core.limits.maxServerFrameBytes);
    reply.answer(LinkWelcome, { gate, bootId, schema, version: linkVersion, maxClientBodyBytes });
  }

  /** Name and role are as the peer gave them, of whatever type. */
  #take(name: unknown, role: unknown, bootId: string): void {
    const { core, nodes } = this.#parts;
    if (this.#node !== undefined) throw fail("FAILED_PRECONDITION", "this link has a name already");
    if (!isNodeName(name)) throw this.#refused(badName("name", name));
    if (!isNodeName(role)) throw this.#refused(badName("role", role));
    if (name === core.name) {
      throw this.#refused(`"${name}" is the name of this gate; a node needs a name of its own`);
    }
    const there = nodes.get(name);
    if (there?.link?.alive && there.role.name !== role) {
      const reason = `the node "${name}" is linked with the role "${there.role.name}"; a node needs a name of its own`;
      throw this.#refused(reason, "ALREADY_EXISTS");
    }
    this.#node = nodes.register(name, role, bootId, this.link);
    if (this.#node === undefined) throw fail("RESOURCE_EXHAUSTED", "too many nodes");
    this.link.peer = name;
    core.deadlines.remove(this.#handshake);
  }

  #refused(reason: string, code: ErrorCode = "INVALID_ARGUMENT"): PhotinusError {
    this.#parts.core.refusals.note("links.refused.name", { remote: this.link.transport.remote, reason });
    return fail(code, reason);
  }

  #onHandshakeTime(): void {
    this.#parts.core.refusals.note("links.closed.handshake", { remote: this.link.transport.remote });
    this.link.destroy("no hello in time");
  }
}

/** The refused name is quoted and cut: it goes into a log line and back to its peer. */
function badName(what: "name" | "role", found: unknown): string {
  const shown =
    typeof found === "string" ? JSON.stringify(found.slice(0, 80)) : `a value of type ${typeof found}`;
  return `a node's ${what} must be ${nodeNameRule}, not ${shown}`;
}
