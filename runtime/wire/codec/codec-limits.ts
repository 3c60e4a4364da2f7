import { fail, type PhotinusError } from "../../../schema/errors.ts";

/** Deepest nesting of messages of a recursive type, for reading and writing; the limit of other protobuf implementations. */
export const maxDepth = 100;

/** Longest part of an array, in bytes, that a loop copies faster than `TypedArray.set` with the view it needs. */
export const shortCopyBytes = 28;

/** Creates a DataView of the bytes of an array. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Creates the INVALID_ARGUMENT error of malformed bytes, or of a value that no message can have. */
export function malformed(reason: string, cause?: unknown): PhotinusError {
  return fail("INVALID_ARGUMENT", reason, { cause });
}

/** Creates the INVALID_ARGUMENT error of a message that is nested deeper than {@link maxDepth}. */
export function tooDeep(name: string): PhotinusError {
  return malformed(`${name} is nested deeper than ${maxDepth} levels`);
}
