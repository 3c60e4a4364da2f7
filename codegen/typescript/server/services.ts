import type { Service } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { emitClientService } from "./commands.ts";
import { emitNodeService } from "./methods.ts";
import { emitPush } from "./pushes.ts";
import { declareNames } from "./service-part-names.ts";

/** Adds all of a service to its module: handlers interface, binding function, calling functions and push functions. */
export function emitService(service: Service, context: EmitContext): void {
  const names = declareNames(service, context.source);
  if (service.commands.length > 0) emitClientService(service, names, context);
  if (service.methods.length > 0) emitNodeService(service, names, context);
  for (const [push, { sender, descriptor }] of names.pushes) emitPush(push, sender, descriptor, context);
}
