import type { Awaitable, NodeHandle } from "../api/handler-context.ts";
import type { ServiceImplementation } from "../api/service.ts";

/** Services of a node: one or a list, made by `service.implement(...)`. */
export type Services = ServiceImplementation | readonly ServiceImplementation[];

/**
 * Default export of a node's module: the services of the node, or a function that makes the services when the node starts.
 */
export type NodeModule = Services | ((node: NodeHandle) => Awaitable<Services>);

/**
 * Defines a node module: `export default defineNode((node) => [meadow.implement({...})])`. The function runs once at
 * each start of a node, so several nodes of one process do not share state by accident.
 */
export function defineNode(setup: (node: NodeHandle) => Awaitable<Services>): NodeModule {
  return setup;
}

/** Returns the services of a module; calls the module when it is a function. Throws a TypeError for other values. */
export async function resolveServices(
  module: NodeModule,
  node: NodeHandle,
): Promise<readonly ServiceImplementation[]> {
  return checkServices(typeof module === "function" ? await module(node) : module, node.name);
}

/** Returns the services of the node `name` as a list. Throws a TypeError for other values. */
export function checkServices(made: Services, name: string): readonly ServiceImplementation[] {
  const services: readonly ServiceImplementation[] = isList(made) ? made : [made];
  for (const service of services) {
    if (!isService(service)) {
      throw new TypeError(
        `node "${name}": invalid module; expected export default defineNode((node) => [service.implement({ ... })])`,
      );
    }
  }
  return services;
}

function isList(services: Services): services is readonly ServiceImplementation[] {
  return Array.isArray(services);
}

/** Checks the shape, not the class: a module may have another copy of the package. */
function isService(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "commands" in value &&
    "methods" in value &&
    "role" in value
  );
}
