import type { BodyType } from "../../schema/model.ts";
import type { EmitContext } from "./context.ts";

/** The type of a call's body in the file being made: a message's interface, or bytes. */
export function bodyType(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? "Uint8Array" : context.reference(body.name, "type");
}

/** The codec of a call's body in the file being made. */
export function bodyCodec(body: BodyType, context: EmitContext): string {
  return body.kind === "raw" ? context.runtime("raw", "value") : context.reference(body.name, "value");
}
