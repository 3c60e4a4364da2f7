import { expect, test } from "vitest";
import { type ErrorCode, errorCodeOf, errorCodes, fail, isPhotinusError } from "../../../schema/errors.ts";

const codes = Object.entries(errorCodes) as [ErrorCode, number][];

test("each number on the wire has the name that the set of codes gives it", () => {
  expect(codes).toHaveLength(17);
  expect(codes.map(([, number]) => errorCodeOf(number))).toEqual(codes.map(([name]) => name));
});

test("a number outside of the set is UNKNOWN", () => {
  for (const number of [0, 18, -1, 4711, 0.5]) expect(errorCodeOf(number)).toBe("UNKNOWN");
});

test("an error is recognised by its code, and only by one of the set", () => {
  for (const [code] of codes) expect(isPhotinusError(fail(code, "no"))).toBe(true);
  for (const code of ["OK", "constructor", "length", ""]) {
    const stranger = Object.assign(fail("INTERNAL", "no"), { code });
    expect(isPhotinusError(stranger)).toBe(false);
  }
});
