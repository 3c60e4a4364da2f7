import { fail } from "../../../schema/errors.ts";
import type { Awaitable } from "../../door/context.ts";
import type { PushAddress } from "../../rpc/envelope/kinds.ts";
import type { ForeignResponder } from "../../rpc/handler.ts";
import type { GateCore } from "../core.ts";
import type { Pushes } from "../session/pushes.ts";
import type { Methods } from "./methods.ts";
import type { NodeLink } from "./peer.ts";
import type { NodeRegistry } from "./registry.ts";

/** What a foreign peer can call by `callTarget(name, ...args)`. Results must be what msgpack can carry. */
export type GateService = (...args: unknown[]) => Awaitable<unknown>;

/** The side of a gate that speaks with peers in other languages, as the reference's root and children do. */
export class Foreign {
  /** By command. */
  readonly services = new Map<string, GateService>();
  readonly #core: GateCore;
  readonly #nodes: NodeRegistry;
  readonly #methods: Methods;

  constructor(core: GateCore, nodes: NodeRegistry, methods: Methods, pushes: Pushes) {
    this.#core = core;
    this.#nodes = nodes;
    this.#methods = methods;
    this.services.set("ping", (...args) => args[0] ?? "pong");
    // push(id, target, body): the target is {session}, {user}, {group} or nil for everyone; how many got it comes back.
    this.services.set("push", (id, target, body) => {
      if (typeof id !== "number" || !(body instanceof Uint8Array)) {
        throw fail("INVALID_ARGUMENT", "push(id, target, body of bytes)");
      }
      return pushes.send(id, addressOf(target), body, 0, body.length);
    });
    this.services.set("nodes", () =>
      nodes.all().map(({ name, role, ready }) => ({ name, role: role.name, ready })),
    );
  }

  /** A foreign node's call. What it throws is answered as an error. */
  serve(node: NodeLink, name: string, args: readonly unknown[], reply: ForeignResponder | undefined): void {
    if (name !== "callTarget")
      throw fail("UNIMPLEMENTED", `"${name}": only takeProxy and callTarget are here`);
    const [command, ...rest] = args;
    if (typeof command !== "string") throw fail("INVALID_ARGUMENT", "callTarget(command, ...args)");
    const result = this.#call(node, command, rest);
    if (!(result instanceof Promise)) {
      reply?.answer(result);
      return;
    }
    result.then(
      (value: unknown) => reply?.answer(value),
      (error: unknown) => {
        if (reply === undefined) this.#core.counted.warn({ err: error, command }, "a foreign notice failed");
        else reply.fail(error);
      },
    );
  }

  /**
   * Calls a foreign node: `callChild(command, ...args)`. Rejects with the peer's own error, UNAVAILABLE when it is not
   * there, DEADLINE_EXCEEDED.
   */
  async callChild(name: string, command: string, ...args: unknown[]): Promise<unknown> {
    return this.#child(name).link.callForeign("callChild", [command, ...args]);
  }

  /** The same without a result; false when it could not be sent. */
  noticeChild(name: string, command: string, ...args: unknown[]): boolean {
    return this.#child(name).link.noticeForeign("callChild", [command, ...args]);
  }

  #child(name: string): NodeLink {
    const node = this.#nodes.get(name)?.link;
    if (node === undefined || !node.alive) throw fail("UNAVAILABLE", `node "${name}" is not there`);
    if (!node.link.foreign) {
      throw fail("FAILED_PRECONDITION", `node "${name}" is of Photinus: call a method of the schema instead`);
    }
    return node;
  }

  /** A service of the gate, or a method of a node by its full name, whose body comes as bytes. */
  #call(node: NodeLink, command: string, args: unknown[]): Awaitable<unknown> {
    const service = this.services.get(command);
    if (service !== undefined) return service(...args);
    const method = this.#methods.find(command);
    if (method === undefined) throw fail("UNIMPLEMENTED", `this gate has no service "${command}"`);
    const [body = new Uint8Array(0)] = args;
    if (!(body instanceof Uint8Array)) throw fail("INVALID_ARGUMENT", `${command} takes a body of bytes`);
    return this.#methods.call(node.peer.name, method, body);
  }
}

function addressOf(target: unknown): PushAddress {
  if (target === undefined || target === null) return { kind: "everyone" };
  if (typeof target === "object") {
    if ("session" in target && typeof target.session === "number") {
      return { kind: "session", session: target.session };
    }
    if ("group" in target && typeof target.group === "string") return { kind: "group", group: target.group };
    if ("user" in target && typeof target.user === "number" && Number.isInteger(target.user)) {
      return { kind: "user", user: BigInt(target.user) };
    }
    if ("user" in target && typeof target.user === "bigint") return { kind: "user", user: target.user };
  }
  throw fail("INVALID_ARGUMENT", "the target of a push is {session}, {user}, {group}, or nil for everyone");
}
