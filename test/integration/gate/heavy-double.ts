/** The module of a heavy handler: doubles numbers, and shows what becomes of errors. */
import { fail } from "../../../schema/errors.ts";

export default function double(body: Uint8Array): Uint8Array {
  if (body[0] === 1) throw fail("OUT_OF_RANGE", "too heavy", { retryAfterMs: 3 });
  if (body[0] === 2) throw new Error("secret");
  if (body[0] === 3) for (;;); // until the thread is stopped
  return body.map((value) => value * 2);
}
