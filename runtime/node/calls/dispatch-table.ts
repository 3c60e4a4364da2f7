import type { CommandDescriptor, MethodDescriptor } from "../../api/descriptors.ts";
import type { CommandContext, MethodContext } from "../../api/handler-context.ts";
import { isHeavyHandler, type ServiceImplementation } from "../../api/service.ts";

/** Runs the module of a heavy handler on a worker thread, as `WorkerPool.run` does. */
export type RunHeavy = (module: URL, request: unknown, signal: AbortSignal) => Promise<unknown>;

/** Command of the schema with its handler. */
export interface Command {
  readonly descriptor: CommandDescriptor<unknown, unknown>;
  readonly handler: (request: unknown, context: CommandContext) => unknown;
  /** Index of the lane in a session's lanes; -1 for a command without a lane. */
  readonly lane: number;
}

/** Method of the schema with its handler. */
export interface Method {
  readonly descriptor: MethodDescriptor<unknown, unknown>;
  readonly handler: (request: unknown, context: MethodContext) => unknown;
}

/** Handlers of a node, by the number of their command or method. */
export class DispatchTable {
  readonly commands = new Map<number, Command>();
  readonly methods = new Map<number, Method>();
  readonly #lanes = new Map<string, number>();

  /** Throws a TypeError when a service is for another role, or when two services have a command or method of one number. */
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

  /** Returns the index of a lane by its name; undefined when no command of this node uses the lane. */
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

/** Throws a TypeError when another command or method has the number. */
function claim(
  table: ReadonlyMap<number, { readonly descriptor: { readonly name: string } }>,
  id: number,
  name: string,
): void {
  const holder = table.get(id);
  if (holder) throw new TypeError(`${name} and ${holder.descriptor.name} have the same number, ${id}`);
}
