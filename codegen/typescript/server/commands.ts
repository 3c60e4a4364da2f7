import type { Command, Service } from "../../../schema/model.ts";
import { commandPolicy } from "../../policy-text.ts";
import { bodyCodec, bodyType } from "../bodies.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { declarationDocs, wrap } from "../print/docs.ts";
import { callable, indented, objectLiteral } from "../print/line-layout.ts";
import { definition, handlersInterface, implementation } from "./implementation.ts";
import type { ServiceNames } from "./service-part-names.ts";

/** Adds the handlers interface of a service for clients, and the function that binds handlers to the service. */
export function emitClientService(service: Service, names: ServiceNames, context: EmitContext): void {
  const members = service.commands.map((command) => handler(command, context));
  const descriptors = service.commands.map((command) => `${indented(descriptor(command, context))},\n`);
  const calls = `commands: {\n${descriptors.join("")}}`;
  context.source.add(
    handlersInterface(service, names, members),
    definition(service, names, calls, context),
    implementation(service, names, context),
  );
}

/** Emits the member of the handlers interface for a command. A heavy command has a handler that runs in a worker thread. */
function handler(command: Command, context: EmitContext): string {
  const docs = declarationDocs(command, wrap(commandPolicy(command)));
  const request = bodyType(command.request, context);
  const reply = command.reply ? bodyType(command.reply, context) : "void";
  const property = `readonly ${propertyName(command.name)}: `;
  if (command.heavy) {
    const type = `${context.runtime("HeavyHandler", "type")}<${request}, ${reply}>`;
    return indented(`${docs}${property}${type};`);
  }
  const parameters = [`request: ${request}`, `ctx: ${context.runtime("CommandContext", "type")}`];
  const result = `${context.runtime("Awaitable", "type")}<${reply}>`;
  return indented(docs + callable(property, parameters, ` => ${result};`, 2));
}

/** Emits the entry that describes a command to the runtime. */
function descriptor(command: Command, context: EmitContext): string {
  const key = `${propertyName(command.name)}: `;
  const entries = [
    `id: ${command.id}`,
    `name: ${JSON.stringify(command.fullName)}`,
    `request: ${bodyCodec(command.request, context)}`,
    `reply: ${command.reply ? bodyCodec(command.reply, context) : "undefined"}`,
    `timeoutMs: ${command.timeoutMs}`,
    `lane: ${JSON.stringify(command.lane)}`,
    `heavy: ${command.heavy}`,
    `idempotent: ${command.idempotent}`,
  ];
  return key + objectLiteral(entries, 4 + key.length + 1);
}
