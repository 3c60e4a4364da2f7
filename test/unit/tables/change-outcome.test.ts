import { expect, test } from "vitest";
import { beforeSending, ofChange, unavailable } from "../../../runtime/tables/change-outcome.ts";
import { fail } from "../../../schema/errors.ts";

test("a step before a change that fails says that the change was not sent, whatever became of the step", async () => {
  const steps = [unavailable("Redis is away"), unavailable("Redis is away", "may have happened")];
  for (const step of steps) {
    await expect(beforeSending(Promise.reject(step))).rejects.toThrow(
      /^UNAVAILABLE: Redis is away \(not sent\)$/,
    );
  }
  await expect(beforeSending(Promise.reject(fail("NOT_FOUND", "no row")))).rejects.toThrow(
    "NOT_FOUND: no row",
  );
  expect(await beforeSending(Promise.resolve(7))).toBe(7);
});

test("a change that nothing is known of may have happened; what is known of it stays", async () => {
  const errors = [
    unavailable("Redis is away"),
    unavailable("Redis is away", "not sent"),
    fail("NOT_FOUND", "no row"),
  ];
  const told = await Promise.allSettled(errors.map((error) => ofChange(Promise.reject(error))));
  expect(told.map((one) => [(one as PromiseRejectedResult).reason.message, one.status])).toEqual([
    ["UNAVAILABLE: Redis is away (may have happened)", "rejected"],
    ["UNAVAILABLE: Redis is away (not sent)", "rejected"],
    ["NOT_FOUND: no row", "rejected"],
  ]);
  expect(told.map((one) => (one as PromiseRejectedResult).reason.outcome)).toEqual([
    "may have happened",
    "not sent",
    undefined,
  ]);
});
