import type { BodyType } from "../../schema/model.ts";
import type { EmitContext } from "./context.ts";

/** The type of a call's body in the file being made: a message's interface, or bytes. */
export function bodyType(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? "Uint8Array" : context.reference(body.name, "type");
}

/** What a caller gives for a call's body: a message may leave fields out. */
export function bodyInit(body: BodyType, context: EmitContext): string {
  const type = bodyType(body, context);
  return body.kind === "raw" ? type : `${context.runtime("MessageInit", "type")}<${type}>`;
}

/** The half of a body's codec that a client needs: what it sends it never reads. */
export function bodyHalf(verb: "read" | "write", body: BodyType, context: EmitContext): string {
  if (body.kind === "raw") return bodyCodec(body, context);
  return `{ name: ${JSON.stringify(body.name)}, ${verb}: ${context.half(verb, body.name)} }`;
}

/** The codec of a call's body in the file being made. */
export function bodyCodec(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? context.runtime("raw", "value") : context.reference(body.name, "value");
}
