import type { CommandDescriptor, MethodDescriptor } from "../../api/descriptors.ts";
import type { CommandContext, MethodContext } from "../../api/handler-context.ts";
import { isHeavyHandler, type ServiceImplementation } from "../../api/service.ts";

/** Runs the module of a heavy handler with this request. */
export type RunHeavy = (module: URL, request: unknown, signal: AbortSignal) => Promise<unknown>;

export interface Command {
  readonly descriptor: CommandDescriptor<unknown, unknown>;
  readonly handler: (request: unknown, context: CommandContext) => unknown;
  /** Index of the lane, -1 for none. */
  readonly lane: number;
}

export interface Method {
  readonly descriptor: MethodDescriptor<unknown, unknown>;
  readonly handler: (request: unknown, context: MethodContext) => unknown;
}

/** Handlers by number: what a node does with what a gate sends it. */
export class DispatchTable {
  readonly commands = new Map<number, Command>();
  readonly methods = new Map<number, Method>();
  readonly #lanes = new Map<string, number>();

  /** Throws a TypeError when a service belongs to another role, or two claim one number. */
  constructor(role: string, services: readonly ServiceImplementation[], runHeavy: RunHeavy) {
    for (const service of services) {
      if (service.role !== role) {
        throw new TypeError(
          `service ${service.name} is for nodes of role "${service.role}", not of "${role}"`,
        );
      }
      for (const { descriptor, handler } of service.commands) {
        claim(this.commands, descriptor.id, descriptor.name);
        this.commands.set(descriptor.id, {
          descriptor,
          handler: isHeavyHandler(handler)
            ? (request, context) => runHeavy(handler.module, request, context.signal)
            : handler,
          lane: descriptor.lane === "*" ? -1 : this.#laneOf(descriptor.lane),
        });
      }
      for (const { descriptor, handler } of service.methods) {
        claim(this.methods, descriptor.id, descriptor.name);
        this.methods.set(descriptor.id, {
          descriptor,
          handler: isHeavyHandler(handler)
            ? (request, context) => runHeavy(handler.module, request, context.signal)
            : handler,
        });
      }
    }
  }

  /** Index of a lane by name; undefined when no command of this node is on it. */
  laneIndex(name: string): number | undefined {
    return this.#lanes.get(name);
  }

  #laneOf(name: string): number {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const index = this.#lanes.size;
    this.#lanes.set(name, index);
    return index;
  }
}

function claim(
  table: ReadonlyMap<number, { readonly descriptor: { readonly name: string } }>,
  id: number,
  name: string,
): void {
  const holder = table.get(id);
  if (holder) throw new TypeError(`${name} and ${holder.descriptor.name} have the same number, ${id}`);
}
