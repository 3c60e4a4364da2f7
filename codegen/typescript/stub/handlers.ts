import type { Service } from "../../../schema/model.ts";
import { propertyName, valueName } from "../naming.ts";
import { servicePath } from "../service-names.ts";

/** What a service's implementation must have. */
export interface ServiceStub {
  /** What a file calls the service's module unless it says otherwise: "chatDesk". */
  readonly value: string;
  /** The service's module below the server's folder: "meadow/chat-desk.service.ts". */
  readonly module: string;
  readonly handlers: readonly HandlerStub[];
}

export interface HandlerStub {
  /** The handler's property: "arrived". */
  readonly property: string;
  /** As the schema names it: "ChatDesk.Arrived". */
  readonly call: string;
  readonly heavy: boolean;
}

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
