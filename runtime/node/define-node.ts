import type { Awaitable, NodeHandle } from "../api/handler-context.ts";
import type { ServiceImplementation } from "../api/service.ts";

/** What a node hosts: one service or several, made by `service.implement(...)`. */
export type Services = ServiceImplementation | readonly ServiceImplementation[];

/**
 * What a node's module exports by default: the services it implements, or a function that makes them when the node
 * starts.
 */
export type NodeModule = Services | ((node: NodeHandle) => Awaitable<Services>);

/**
 * Makes a node module: `export default defineNode((node) => [meadow.implement({...})])`. The function runs once at each
 * start of a node, so ten nodes in one process share nothing by accident.
 */
export function defineNode(setup: (node: NodeHandle) => Awaitable<Services>): NodeModule {
  return setup;
}

/** Runs the module's function, if it is one, and makes sure that what comes out are services. */
export async function resolveServices(
  module: NodeModule,
  node: NodeHandle,
): Promise<readonly ServiceImplementation[]> {
  const made = typeof module === "function" ? await module(node) : module;
  const services: readonly ServiceImplementation[] = isList(made) ? made : [made];
  for (const service of services) {
    if (!isService(service)) {
      throw new TypeError(
        `node "${node.name}": its module must export defineNode((node) => [service.implement({ ... })])`,
      );
    }
  }
  return services;
}

function isList(services: Services): services is readonly ServiceImplementation[] {
  return Array.isArray(services);
}

function isService(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "commands" in value &&
    "methods" in value &&
    "role" in value
  );
}
