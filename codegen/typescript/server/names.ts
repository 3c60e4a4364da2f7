import type { Method, Push, SchemaFile, Service } from "../../../schema/model.ts";
import { camelCase, pascalCase, valueName } from "../naming.ts";
import type { SourceFile } from "../source-file.ts";

/** What the parts of a service are called in the services file of its schema file. */
export interface ServiceNames {
  /** The object to implement and, for nodes, to call: "chatDesk". */
  readonly value: string;
  /** The interface of its handlers: "ChatDeskHandlers". */
  readonly handlers: string;
  /** Of a service for nodes: what defineService returned. */
  readonly definition: string;
  /** Of a service for nodes: the constants that describe its methods. */
  readonly methods: ReadonlyMap<Method, string>;
  readonly pushes: ReadonlyMap<Push, { readonly sender: string; readonly descriptor: string }>;
}

/** Takes all names of a services file, before anything is imported: exported names first, so that none of them varies. */
export function declareNames(file: SchemaFile, source: SourceFile): Map<Service, ServiceNames> {
  const named = file.services.map((service) => {
    const called = service.commands.length + service.methods.length > 0;
    const value = valueName(service.name);
    const handlers = `${pascalCase(service.name)}Handlers`;
    return {
      service,
      value: called ? source.declareExport(value, "value") : value,
      handlers: called ? source.declareExport(handlers, "type") : handlers,
      senders: service.pushes.map((push) => source.declareExport(`push${pascalCase(push.name)}`, "value")),
    };
  });
  const names = new Map<Service, ServiceNames>();
  for (const { service, value, handlers, senders } of named) {
    const methods = new Map<Method, string>();
    for (const method of service.methods) {
      methods.set(method, source.declare(`${value}${pascalCase(method.name)}`));
    }
    const pushes = new Map<Push, { sender: string; descriptor: string }>();
    for (const [at, push] of service.pushes.entries()) {
      const descriptor = source.declare(`${camelCase(push.name)}Push`);
      pushes.set(push, { sender: senders[at] ?? "", descriptor });
    }
    const definition = service.methods.length > 0 ? source.declare(`${value}Service`) : "";
    names.set(service, { value, handlers, definition, methods, pushes });
  }
  return names;
}
