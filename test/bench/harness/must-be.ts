import { inspect, isDeepStrictEqual } from "node:util";

/** Throws unless two values are the same, with all that they hold: a wrong result ends a benchmark. */
export function mustBe(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Error(`${what} is ${inspect(found)}; expected ${inspect(expected)}`);
}
