import type { Method, Service } from "../../../schema/model.ts";
import { methodPolicy } from "../../policy.ts";
import { bodyCodec, bodyInit, bodyType } from "../bodies.ts";
import type { EmitContext } from "../context.ts";
import { propertyName } from "../naming.ts";
import { docstring, wrap } from "../print/docs.ts";
import { callable, indented, objectLiteral } from "../print/layout.ts";
import type { ServiceNames } from "./names.ts";

/** The handlers interface of a service for nodes, and one object to implement it and to call it. */
export function emitNodeService(service: Service, names: ServiceNames, context: EmitContext): void {
  const { source } = context;
  const { value, handlers, definition } = names;
  const members = service.methods.map((method) => handler(method, context));
  const about = `What a node of role \`${service.role}\` implements, by {@link ${value}}.`;
  source.add(
    `${docstring(service.comment, about)}export interface ${handlers} {\n${members.join("\n\n")}\n}`,
  );
  for (const [method, name] of names.methods) source.add(descriptor(service, method, name, context));

  const methods = [...names.methods].map(([method, name]) => `${propertyName(method.name)}: ${name}`);
  const entries = [
    `name: ${JSON.stringify(service.fullName)}`,
    `role: ${JSON.stringify(service.role)}`,
    'audience: "nodes"',
    `methods: ${objectLiteral(methods, 14)}`,
  ];
  const define = `/* @__PURE__ */ ${context.runtime("defineService", "value")}<${handlers}>`;
  source.add(`const ${definition} = ${define}({\n${indented(entries.join(",\n"))},\n});`);

  const callers = [...names.methods].map(([method, name]) => caller(method, name, context));
  const docs = docstring(
    service.comment,
    `Implement it with \`${value}.implement({ ... })\`; other nodes call it through a gate.`,
  );
  const all = [implement(names, context), ...callers].map((member) => `${indented(member)},`).join("\n\n");
  source.add(`${docs}export const ${value} = {\n${all}\n};`);
}

function implement({ handlers, definition }: ServiceNames, context: EmitContext): string {
  const result = context.runtime("ServiceImplementation", "type");
  return (
    docstring("Joins the service with its handlers.") +
    callable("implement", [`handlers: ${handlers}`], `: ${result} {\n`, 2) +
    `  return ${definition}.implement(handlers);\n}`
  );
}

/** The function of a service's object that calls a method; `implement` is taken. */
export function callerName(method: Pick<Method, "name">): string {
  const name = propertyName(method.name);
  return name === "implement" ? "implement$" : name;
}

function handler(method: Method, context: EmitContext): string {
  const docs = docstring(method.comment, wrap(methodPolicy(method)));
  const request = bodyType(method.request, context);
  const reply = method.reply ? bodyType(method.reply, context) : "void";
  const property = `readonly ${propertyName(method.name)}: `;
  if (method.heavy) {
    const type = `${context.runtime("HeavyHandler", "type")}<${request}, ${reply}>`;
    return indented(`${docs}${property}${type};`);
  }
  const parameters = [`request: ${request}`, `ctx: ${context.runtime("MethodContext", "type")}`];
  const result = `${context.runtime("Awaitable", "type")}<${reply}>`;
  return indented(docs + callable(property, parameters, ` => ${result};`, 2));
}

function descriptor(service: Service, method: Method, name: string, context: EmitContext): string {
  const request = bodyInit(method.request, context);
  const reply = method.reply ? bodyType(method.reply, context) : "void";
  const head = `const ${name}: ${context.runtime("MethodDescriptor", "type")}<${request}, ${reply}> = `;
  const entries = [
    `id: ${method.id}`,
    `name: ${JSON.stringify(method.fullName)}`,
    `role: ${JSON.stringify(service.role)}`,
    `request: ${bodyCodec(method.request, context)}`,
    `reply: ${method.reply ? bodyCodec(method.reply, context) : "undefined"}`,
    `timeoutMs: ${method.timeoutMs}`,
    `heavy: ${method.heavy}`,
    `idempotent: ${method.idempotent}`,
  ];
  return `${head}${objectLiteral(entries, head.length + 1)};`;
}

function caller(method: Method, name: string, context: EmitContext): string {
  const parameters = [
    `caller: ${context.runtime("Caller", "type")}`,
    `request: ${bodyInit(method.request, context)}`,
    `options?: ${context.runtime("MethodCallOptions", "type")}`,
  ];
  const result = method.reply ? `Promise<${bodyType(method.reply, context)}>` : "void";
  const head = callable(callerName(method), parameters, `: ${result} {\n`, 2);
  const call = method.reply
    ? `return ${context.runtime("callMethod", "value")}(caller, ${name}, request, options);`
    : `${context.runtime("noticeMethod", "value")}(caller, ${name}, request, options);`;
  return `${docstring(method.comment, wrap(methodPolicy(method)))}${head}  ${call}\n}`;
}
