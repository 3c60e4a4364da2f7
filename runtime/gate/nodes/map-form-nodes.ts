import { fail, isPhotinusError, ofCall } from "../../../schema/errors.ts";
import type { Awaitable } from "../../api/handler-context.ts";
import type { MapFormResponder } from "../../rpc/link-handler.ts";
import { retryAfterMs } from "../../rpc/retry-after.ts";
import type { GateCore } from "../gate-core.ts";
import { MapFormArguments } from "./map-form-arguments.ts";
import { type BuiltinParts, builtinServices } from "./map-form-builtins.ts";
import type { MethodCalls } from "./method-calls.ts";
import type { NodeLink } from "./node-peer.ts";
import type { NodeRegistry } from "./node-registry.ts";

/** What a map-form peer can call by `callTarget(name, ...args)`. Results must be what msgpack can carry. */
export type GateService = (...args: unknown[]) => Awaitable<unknown>;

/** The side of a gate that speaks with peers in other languages, as the reference's root and children do. */
export class MapFormNodes {
  /** What the game adds, by command; comes before what every gate has. */
  readonly services = new Map<string, GateService>();
  readonly #core: GateCore;
  readonly #nodes: NodeRegistry;
  readonly #methods: MethodCalls;
  readonly #builtins: ReturnType<typeof builtinServices>;

  constructor(parts: BuiltinParts, methods: MethodCalls) {
    this.#core = parts.core;
    this.#nodes = parts.nodes;
    this.#methods = methods;
    this.#builtins = builtinServices(parts);
  }

  /** A map-form node's call. What it throws is answered as an error. */
  serve(node: NodeLink, name: string, args: readonly unknown[], reply: MapFormResponder | undefined): void {
    if (name !== "callTarget")
      throw fail("UNIMPLEMENTED", `${shown(name)}: only takeProxy and callTarget are here`);
    const command = new MapFormArguments("callTarget(command, ...args)", args).text(0, "command");
    const rest = args.slice(1);
    const result = this.#call(node, command, rest);
    if (!(result instanceof Promise)) {
      reply?.answer(result);
      return;
    }
    result.then(
      (value: unknown) => reply?.answer(value),
      (error: unknown) => {
        if (reply === undefined) this.#core.counted.warn({ err: error, command }, "a map-form notice failed");
        else reply.fail(error);
      },
    );
  }

  /**
   * Calls a map-form node: `callChild(command, ...args)`. Rejects with the peer's own error, UNAVAILABLE when it is not
   * there, DEADLINE_EXCEEDED.
   */
  async callChild(name: string, command: string, ...args: unknown[]): Promise<unknown> {
    try {
      return await this.#child(name).link.callMapForm("callChild", [command, ...args]);
    } catch (error) {
      throw isPhotinusError(error) ? ofCall(error, `${name}.${command}`) : error;
    }
  }

  /** Notifies a map-form node: `callChild(command, ...args)` without an answer. False: it could not be sent. */
  noticeChild(name: string, command: string, ...args: unknown[]): boolean {
    return this.#child(name).link.noticeMapForm("callChild", [command, ...args]);
  }

  #child(name: string): NodeLink {
    const node = this.#nodes.get(name)?.link;
    if (node === undefined || !node.alive) {
      throw fail("UNAVAILABLE", `node "${name}" is not there`, { retryAfterMs: retryAfterMs("lost") });
    }
    if (!node.link.speaksMapForm) {
      throw fail("FAILED_PRECONDITION", `node "${name}" is of Photinus: call a method of the schema instead`);
    }
    return node;
  }

  /** A service of the gate, or a method of a node by its full name, whose body comes as bytes. */
  #call(node: NodeLink, command: string, args: unknown[]): Awaitable<unknown> {
    const service = this.services.get(command);
    if (service !== undefined) return service(...args);
    const builtin = this.#builtins.get(command);
    if (builtin !== undefined) return builtin(node, args);
    const method = this.#methods.find(command);
    if (method === undefined) throw fail("UNIMPLEMENTED", `this gate has no service ${shown(command)}`);
    const body = new MapFormArguments(`${command}(body)`, args).body(0);
    return this.#methods.call(node.peer.name, method, body);
  }
}

/** A name that a peer made up, for an answer to it: quoted and cut. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
