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

/** Functions of the runtime that handlers call: "fail" in each one, "heavy" for those of workers. */
export const runtimeFunctions: readonly string[] = ["fail", "heavy"];

/** Default local name of a service's module. A service `Fail` is `failService`, because its handlers call `fail`. */
function localName({ name }: Service): string {
  const value = valueName(name);
  return runtimeFunctions.includes(value) ? `${value}Service` : value;
}

/** Returns the parts that an implementation of a service needs. */
export function serviceStub(service: Service): ServiceStub {
  const calls = [...service.commands, ...service.methods];
  return {
    value: localName(service),
    module: servicePath(service),
    handlers: calls.map(({ name, heavy }) => ({
      property: propertyName(name),
      call: `${service.name}.${name}`,
      heavy,
    })),
  };
}
