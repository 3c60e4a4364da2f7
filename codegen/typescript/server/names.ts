import type { Method, Push, Service } from "../../../schema/model.ts";
import { camelCase } from "../naming.ts";
import { handlersType, implementFunction, methodFunction, pushFunction } from "../service-names.ts";
import type { SourceFile } from "../source-file.ts";

/** What the parts of a service are called in its module. */
export interface ServiceNames {
  /** The interface of its handlers. */
  readonly handlers: string;
  /** The function that joins it with its handlers. */
  readonly implement: string;
  /** The constant with what defineService returned. */
  readonly definition: string;
  /** The functions that call its methods, and the constants that describe them. */
  readonly methods: ReadonlyMap<Method, { readonly caller: string; readonly descriptor: string }>;
  /** The functions that send its pushes, and the constants that describe them. */
  readonly pushes: ReadonlyMap<Push, { readonly sender: string; readonly descriptor: string }>;
}

/**
 * Takes all names of a service's module, before anything is imported. Exported names come first: those of constants step aside
 * for them.
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
