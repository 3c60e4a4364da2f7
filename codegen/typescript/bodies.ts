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

/** The codec of a call's body in the file being made. */
export function bodyCodec(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? context.runtime("raw", "value") : context.reference(body.name, "value");
}
