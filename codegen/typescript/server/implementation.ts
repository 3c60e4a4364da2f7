import type { Service } from "../../../schema/model.ts";
import type { EmitContext } from "../context.ts";
import { docstring } from "../print/docs.ts";
import { callable, indented } from "../print/layout.ts";
import type { ServiceNames } from "./names.ts";

/** The interface of a service's handlers. */
export function handlersInterface(service: Service, names: ServiceNames, members: readonly string[]): string {
  const about = `What a node of role \`${service.role}\` implements, by {@link ${names.implement}}.`;
  return `${docstring(service.comment, about)}export interface ${names.handlers} {\n${members.join("\n\n")}\n}`;
}

/** The constant that describes a service. */
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

/** The function that joins a service with its handlers. */
export function implementation(service: Service, names: ServiceNames, context: EmitContext): string {
  const result = context.runtime("ServiceImplementation", "type");
  const docs = docstring(
    `Joins the service with its handlers: a module of role \`${service.role}\` gives the result to its node.`,
    "Throws a TypeError when a handler is missing, which the compiler finds first.",
  );
  const head = callable(
    `export function ${names.implement}`,
    [`handlers: ${names.handlers}`],
    `: ${result} {\n`,
  );
  return `${docs}${head}  return ${names.definition}.implement(handlers);\n}`;
}
