import { fail, type PhotinusError } from "../../../schema/errors.ts";

/** How deep messages of a recursive type may nest, both ways. As in other protobuf implementations. */
export const maxDepth = 100;

/** Up to this a copy by loop beats the call into the engine and the view that it needs. */
export const shortCopyBytes = 48;

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The refusal of bytes, or of a value, that no message can be. */
export function malformed(reason: string, cause?: unknown): PhotinusError {
  return fail("INVALID_ARGUMENT", reason, { cause });
}

export function tooDeep(name: string): PhotinusError {
  return malformed(`${name} is nested deeper than ${maxDepth} levels`);
}
