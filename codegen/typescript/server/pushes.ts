import type { Push } from "../../../schema/model.ts";
import { pushPolicy } from "../../policy-text.ts";
import { bodyCodec, bodyInit } from "../bodies.ts";
import type { EmitContext } from "../emit-context.ts";
import { declarationDocs, wrap } from "../print/docs.ts";
import { callable, objectLiteral } from "../print/line-layout.ts";

/** Adds the function that sends a push, and the constant that describes the push. */
export function emitPush(push: Push, sender: string, descriptor: string, context: EmitContext): void {
  const type = bodyInit(push.body, context);
  const head = `const ${descriptor}: ${context.runtime("PushDescriptor", "type")}<${type}> = `;
  const entries = [
    `id: ${push.id}`,
    `name: ${JSON.stringify(push.fullName)}`,
    `body: ${bodyCodec(push.body, context)}`,
  ];
  const parameters = [`target: ${context.runtime("PushTarget", "type")}`, `message: ${type}`];
  const signature = callable(`export function ${sender}`, parameters, ": void {\n");
  context.source.add(
    `${head}${objectLiteral(entries, head.length + 1)};`,
    `${declarationDocs(push, wrap(pushPolicy(push)))}${signature}  ${context.runtime("sendPush", "value")}(target, ${descriptor}, message);\n}`,
  );
}
