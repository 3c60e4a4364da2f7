import { shortCopyBytes } from "./codec/codec-limits.ts";

/** Copies bytes[start, end) to `to`, from `at` on. A loop beats the call of `set`, with its view, for a few bytes of an array. */
export function copyBytes(to: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  if (end - start === bytes.length) to.set(bytes, at);
  else if (end - start > shortCopyBytes) to.set(bytes.subarray(start, end), at);
  else for (let from = start; from < end; from++) to[at + from - start] = bytes[from]!;
}
