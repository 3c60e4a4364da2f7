import type { Method, Service } from "../../../schema/model.ts";
import { methodPolicy } from "../../policy-text.ts";
import { bodyCodec, bodyInit, bodyType } from "../bodies.ts";
import type { EmitContext } from "../emit-context.ts";
import { propertyName } from "../naming.ts";
import { declarationDocs, wrap } from "../print/docs.ts";
import { callable, indented, objectLiteral } from "../print/line-layout.ts";
import { definition, handlersInterface, implementation } from "./implementation.ts";
import type { ServiceNames } from "./service-part-names.ts";

/** Adds the handlers interface of a service for nodes, the function that binds handlers, and a calling function for each method. */
export function emitNodeService(service: Service, names: ServiceNames, context: EmitContext): void {
  const { source } = context;
  const members = service.methods.map((method) => handler(method, context));
  source.add(handlersInterface(service, names, members));
  for (const [method, { descriptor }] of names.methods) {
    source.add(methodDescriptor(service, method, descriptor, context));
  }
  const methods = [...names.methods].map(
    ([method, { descriptor }]) => `${propertyName(method.name)}: ${descriptor}`,
  );
  source.add(
    definition(service, names, `methods: ${objectLiteral(methods, 14)}`, context),
    implementation(service, names, context),
  );
  for (const [method, { caller, descriptor }] of names.methods) {
    source.add(callingFunction(method, caller, descriptor, context));
  }
}

/** Emits the member of the handlers interface for a method. A heavy method has a handler that runs in a worker thread. */
function handler(method: Method, context: EmitContext): string {
  const docs = declarationDocs(method, wrap(methodPolicy(method)));
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

/** Emits the constant that describes a method, for the node that calls it and the node that handles it. */
function methodDescriptor(service: Service, method: Method, name: string, context: EmitContext): string {
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

/** Emits the function that calls a method of another node: a promise of the reply, or void for a one-way method. */
function callingFunction(method: Method, name: string, descriptor: string, context: EmitContext): string {
  const parameters = [
    `caller: ${context.runtime("Caller", "type")}`,
    `request: ${bodyInit(method.request, context)}`,
    `options?: ${context.runtime("MethodCallOptions", "type")}`,
  ];
  const result = method.reply ? `Promise<${bodyType(method.reply, context)}>` : "void";
  const head = callable(`export function ${name}`, parameters, `: ${result} {\n`);
  const call = method.reply
    ? `return ${context.runtime("callMethod", "value")}(caller, ${descriptor}, request, options);`
    : `${context.runtime("noticeMethod", "value")}(caller, ${descriptor}, request, options);`;
  return `${declarationDocs(method, wrap(methodPolicy(method)))}${head}  ${call}\n}`;
}
