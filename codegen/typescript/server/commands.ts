import type { Command, Service } from "../../../schema/model.ts";
import { commandPolicy } from "../../policy.ts";
import { bodyCodec, bodyType } from "../bodies.ts";
import type { EmitContext } from "../context.ts";
import { propertyName } from "../naming.ts";
import { docstring, wrap } from "../print/docs.ts";
import { callable, indented, objectLiteral } from "../print/layout.ts";
import type { ServiceNames } from "./names.ts";

/** The handlers interface of a service for clients, and the service to implement. */
export function emitClientService(service: Service, names: ServiceNames, context: EmitContext): void {
  const { value, handlers } = names;
  const members = service.commands.map((command) => handler(command, context));
  const about = `What a node of role \`${service.role}\` implements, by {@link ${value}}.`;
  const descriptors = service.commands.map((command) => `${indented(descriptor(command, context))},\n`);
  const entries = [
    `name: ${JSON.stringify(service.fullName)}`,
    `role: ${JSON.stringify(service.role)}`,
    'audience: "clients"',
    `commands: {\n${descriptors.join("")}}`,
  ];
  const type = `${context.runtime("Service", "type")}<${handlers}>`;
  const define = `/* @__PURE__ */ ${context.runtime("defineService", "value")}<${handlers}>`;
  context.source.add(
    `${docstring(service.comment, about)}export interface ${handlers} {\n${members.join("\n\n")}\n}`,
    `${docstring(service.comment, `Join it with its handlers: \`${value}.implement({ ... })\`.`)}` +
      `export const ${value}: ${type} = ${define}({\n${indented(entries.join(",\n"))},\n});`,
  );
}

function handler(command: Command, context: EmitContext): string {
  const docs = docstring(command.comment, wrap(commandPolicy(command)));
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
