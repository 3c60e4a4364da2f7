import type { Service } from "../../../schema/model.ts";
import { propertyName, valueName } from "../naming.ts";

/** What a service's implementation must have. */
export interface ServiceStub {
  /** The object to implement: "chatDesk". */
  readonly value: string;
  /** The schema file that declares it. */
  readonly file: string;
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
    file: service.location.file,
    handlers: calls.map(({ name, heavy }) => ({
      property: propertyName(name),
      call: `${service.name}.${name}`,
      heavy,
    })),
  };
}
