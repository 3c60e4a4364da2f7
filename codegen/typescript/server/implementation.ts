import type { Service } from "../../../schema/model.ts";
import type { EmitContext } from "../emit-context.ts";
import { declarationDocs, docstring } from "../print/docs.ts";
import { callable, indented } from "../print/line-layout.ts";
import type { ServiceNames } from "./service-part-names.ts";

/** Emits the interface of a service's handlers. */
export function handlersInterface(service: Service, names: ServiceNames, members: readonly string[]): string {
  const about = `Handlers of the service. A node of role \`${service.role}\` passes them to {@link ${names.implement}}.`;
  return `${declarationDocs(service, about)}export interface ${names.handlers} {\n${members.join("\n\n")}\n}`;
}

/** Emits the constant that describes a service to the runtime. */
export function definition(
  service: Service,
  names: ServiceNames,
  calls: string,
  context: EmitContext,
): string {
  const entries = [
    `name: ${JSON.stringify(service.fullName)}`,
    `role: ${JSON.stringify(service.role)}`,
    `audience: ${JSON.stringify(service.audience.toLowerCase())}`,
    calls,
  ];
  const define = `/* @__PURE__ */ ${context.runtime("defineService", "value")}<${names.handlers}>`;
  return `const ${names.definition} = ${define}({\n${indented(entries.join(",\n"))},\n});`;
}

/** Emits the function that binds handlers to a service. */
export function implementation(service: Service, names: ServiceNames, context: EmitContext): string {
  const result = context.runtime("ServiceImplementation", "type");
  const docs = docstring(
    `Binds handlers to the service. A module of role \`${service.role}\` returns the result to its node.`,
    "Throws a TypeError when a handler is missing, which the compiler reports first.",
  );
  const head = callable(
    `export function ${names.implement}`,
    [`handlers: ${names.handlers}`],
    `: ${result} {\n`,
  );
  return `${docs}${head}  return ${names.definition}.implement(handlers);\n}`;
}
