import type { Method, Push, Service } from "../../../schema/model.ts";
import { camelCase } from "../naming.ts";
import { handlersType, implementFunction, methodFunction, pushFunction } from "../service-names.ts";
import type { SourceFile } from "../source-file.ts";

/** Names of the parts of a service in its module. */
export interface ServiceNames {
  /** Interface of the handlers; "" for a service that only has pushes. */
  readonly handlers: string;
  /** Function that binds handlers to the service. */
  readonly implement: string;
  /** Constant that holds the result of defineService. */
  readonly definition: string;
  /** For each method, the function that calls it and the constant that describes it. */
  readonly methods: ReadonlyMap<Method, { readonly caller: string; readonly descriptor: string }>;
  /** For each push, the function that sends it and the constant that describes it. */
  readonly pushes: ReadonlyMap<Push, { readonly sender: string; readonly descriptor: string }>;
}

/**
 * Reserves all names of a service's module before any import. Exported names come first, so that a colliding constant or import gets
 * the alias and an exported name never varies.
 */
export function declareNames(service: Service, source: SourceFile): ServiceNames {
  const isImplemented = service.commands.length + service.methods.length > 0;
  const handlers = isImplemented ? source.declareExport(handlersType) : "";
  const implement = isImplemented ? source.declareExport(implementFunction) : "";
  const callers = service.methods.map(({ name }) => source.declareExport(methodFunction(name)));
  const senders = service.pushes.map(({ name }) => source.declareExport(pushFunction(name)));
  return {
    handlers,
    implement,
    definition: isImplemented ? source.declare("service") : "",
    methods: new Map(
      service.methods.map((method, at) => [
        method,
        { caller: callers[at] ?? "", descriptor: source.declare(`${camelCase(method.name)}Method`) },
      ]),
    ),
    pushes: new Map(
      service.pushes.map((push, at) => [
        push,
        { sender: senders[at] ?? "", descriptor: source.declare(`${camelCase(push.name)}Push`) },
      ]),
    ),
  };
}
