import type { Service } from "../../../schema/model.ts";
import { propertyName, valueName } from "../naming.ts";
import { servicePath } from "../service-names.ts";

/** Parts of a service's implementation. */
export interface ServiceStub {
  /** Default local name of the service's module: "chatDesk". */
  readonly value: string;
  /** Path of the service's module, below the server's folder: "meadow/chat-desk.service.ts". */
  readonly module: string;
  readonly handlers: readonly HandlerStub[];
}

/** One handler of a service. */
export interface HandlerStub {
  /** Property name of the handler: "arrived". */
  readonly property: string;
  /** Name of the call in the schema: "ChatDesk.Arrived". */
  readonly call: string;
  readonly heavy: boolean;
}

/** Returns the parts that an implementation of a service needs. */
export function serviceStub(service: Service): ServiceStub {
  const calls = [...service.commands, ...service.methods];
  return {
    value: valueName(service.name),
    module: servicePath(service),
    handlers: calls.map(({ name, heavy }) => ({
      property: propertyName(name),
      call: `${service.name}.${name}`,
      heavy,
    })),
  };
}
