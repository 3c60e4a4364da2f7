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

/** Service that map-form peers call by `callTarget(name, ...args)`. Its result must be a value that msgpack can encode. */
export type GateService = (...args: unknown[]) => Awaitable<unknown>;

/** Serves and calls map-form peers, which are nodes in other languages, as gfirefly's root serves and calls its children. */
export class MapFormNodes {
  /** The game's own services, by command. They take precedence over the built-in services. */
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

  /** Serves a call of a map-form node. Throws for an invalid call; the caller of this method answers with the error. */
  serve(node: NodeLink, name: string, args: readonly unknown[], reply: MapFormResponder | undefined): void {
    if (name !== "callTarget")
      throw fail("UNIMPLEMENTED", `unknown function ${shown(name)}; expected takeProxy or callTarget`);
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
        if (reply === undefined) this.#core.counted.warn({ err: error, command }, "map-form notice failed");
        else reply.fail(error);
      },
    );
  }

  /**
   * Calls `callChild(command, ...args)` of a map-form node. Rejects with the node's own error, UNAVAILABLE when the node is not
   * linked, FAILED_PRECONDITION for a node of Photinus, and DEADLINE_EXCEEDED.
   */
  async callChild(name: string, command: string, ...args: unknown[]): Promise<unknown> {
    try {
      return await this.#child(name).link.callMapForm("callChild", [command, ...args]);
    } catch (error) {
      throw isPhotinusError(error) ? ofCall(error, `${name}.${command}`) : error;
    }
  }

  /**
   * Sends `callChild(command, ...args)` to a map-form node, without an answer. Returns false when the link is overloaded. Throws
   * as `callChild` rejects.
   */
  noticeChild(name: string, command: string, ...args: unknown[]): boolean {
    return this.#child(name).link.noticeMapForm("callChild", [command, ...args]);
  }

  /** Returns the link of a map-form node. Throws UNAVAILABLE or FAILED_PRECONDITION. */
  #child(name: string): NodeLink {
    const node = this.#nodes.get(name)?.link;
    if (node === undefined || !node.alive) {
      throw fail("UNAVAILABLE", `the node "${name}" is not linked to this gate`, {
        retryAfterMs: retryAfterMs("lost"),
      });
    }
    if (!node.link.speaksMapForm) {
      throw fail(
        "FAILED_PRECONDITION",
        `the node "${name}" does not speak the map form; call a method of the schema instead`,
      );
    }
    return node;
  }

  /** Calls a service of the gate, or a node's method by its full name, with its encoded body as the only argument. */
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

/** Quotes and truncates a name from a peer for an error text. */
function shown(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}
