import { expect, test } from "vitest";
import { beforeSending, unavailable } from "../../../runtime/cache/outcome.ts";
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
