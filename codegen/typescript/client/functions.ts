import type { Command, Push, Service } from "../../../schema/model.ts";
import { commandPolicy, pushPolicy } from "../../policy-text.ts";
import { bodyHalf, bodyInit, bodyType } from "../bodies.ts";
import { mayCompress } from "../compressible.ts";
import type { EmitContext } from "../emit-context.ts";
import { camelCase } from "../naming.ts";
import { declarationDocs, wrap } from "../print/docs.ts";
import { callable, objectLiteral } from "../print/line-layout.ts";
import { commandFunction, listenerFunction } from "../service-names.ts";

/** Adds one function for each command and push of a service. Separate functions let a bundler drop the unused ones. */
export function emitFunctions({ commands, pushes }: Service, context: EmitContext): void {
  const { source } = context;
  const callers = commands.map(({ name }) => source.declareExport(commandFunction(name)));
  const listeners = pushes.map(({ name }) => source.declareExport(listenerFunction(name)));
  const requests = commands.map((command) => source.declare(`${camelCase(command.name)}Command`));
  const events = pushes.map((push) => source.declare(`${camelCase(push.name)}Push`));
  commands.forEach((command, at) => {
    emitCommand(command, callers[at] ?? "", requests[at] ?? "", context);
  });
  pushes.forEach((push, at) => {
    emitPush(push, listeners[at] ?? "", events[at] ?? "", context);
  });
}

/** Adds the descriptor and the function of a command: a promise of the reply for a request, void for a notify. */
function emitCommand(command: Command, name: string, descriptor: string, context: EmitContext): void {
  const request = bodyInit(command.request, context);
  const reply = command.reply ? bodyType(command.reply, context) : "never";
  const head = `const ${descriptor}: ${context.runtime("ClientCommand", "type")}<${request}, ${reply}> = `;
  const entries = [
    `id: ${command.id}`,
    `name: ${JSON.stringify(command.fullName)}`,
    `request: ${bodyHalf("write", command.request, context)}`,
    `reply: ${command.reply ? bodyHalf("read", command.reply, context) : "undefined"}`,
    `timeoutMs: ${command.timeoutMs}`,
    `idempotent: ${command.idempotent}`,
    ...(mayCompress(command, command.request, context.index) ? ["compress: true"] : []),
  ];
  const connection = `connection: ${context.runtime("Connection", "type")}`;
  const signature = command.reply
    ? callable(
        `export function ${name}`,
        [connection, `request: ${request}`, `options?: ${context.runtime("CallOptions", "type")}`],
        `: Promise<${reply}> {\n`,
      )
    : callable(`export function ${name}`, [connection, `message: ${request}`], ": void {\n");
  const body = command.reply
    ? `return connection.request(${descriptor}, request, options);`
    : `connection.notify(${descriptor}, message);`;
  context.source.add(
    `${head}${objectLiteral(entries, head.length + 1)};`,
    `${declarationDocs(command, wrap(commandPolicy(command)))}${signature}  ${body}\n}`,
  );
}

/** Adds the descriptor and the listening function of a push. */
function emitPush(push: Push, name: string, descriptor: string, context: EmitContext): void {
  const type = bodyType(push.body, context);
  const head = `const ${descriptor}: ${context.runtime("ClientPush", "type")}<${type}> = `;
  const entries = [
    `id: ${push.id}`,
    `name: ${JSON.stringify(push.fullName)}`,
    `body: ${bodyHalf("read", push.body, context)}`,
  ];
  const parameters = [
    `connection: ${context.runtime("Connection", "type")}`,
    `listener: (message: ${type}) => void`,
  ];
  const signature = callable(`export function ${name}`, parameters, ": () => void {\n");
  const about = "Calls the listener for each push. Returns the function that removes the listener.";
  context.source.add(
    `${head}${objectLiteral(entries, head.length + 1)};`,
    `${declarationDocs(push, wrap(`${about} ${pushPolicy(push)}`))}${signature}  return connection.onPush(${descriptor}, listener);\n}`,
  );
}
