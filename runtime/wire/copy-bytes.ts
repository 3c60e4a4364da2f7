import { shortCopyBytes } from "./codec/codec-limits.ts";

/** Copies bytes[start, end) to `to`, from `at` on. A whole array needs no view. */
export function copyBytes(to: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): void {
  const size = end - start;
  if (size > shortCopyBytes) to.set(size < bytes.length ? bytes.subarray(start, end) : bytes, at);
  else for (let from = start; from < end; from++) to[at++] = bytes[from]!;
}
