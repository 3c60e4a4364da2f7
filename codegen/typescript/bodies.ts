import type { BodyType } from "../../schema/model.ts";
import type { EmitContext } from "./emit-context.ts";

/** Returns the type of a call's body as a handler or listener gets it: a message's interface, or bytes. */
export function bodyType(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? "Uint8Array" : context.reference(body.name, "type");
}

/** Returns the type of a call's body as a caller gives it: a message whose fields may be left out, or bytes. */
export function bodyInit(body: BodyType, context: EmitContext): string {
  const type = bodyType(body, context);
  return body.kind === "raw" ? type : `${context.runtime("MessageInit", "type")}<${type}>`;
}

/** Returns the half of a body's codec that a client needs: a client never reads its requests, nor writes its replies. */
export function bodyHalf(verb: "read" | "write", body: BodyType, context: EmitContext): string {
  if (body.kind === "raw") return bodyCodec(body, context);
  return `{ name: ${JSON.stringify(body.name)}, ${verb}: ${context.half(verb, body.name)} }`;
}

/** Returns the whole codec of a call's body. */
export function bodyCodec(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? context.runtime("raw", "value") : context.reference(body.name, "value");
}
