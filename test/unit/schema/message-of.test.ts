import { expect, test } from "vitest";
import { messageOf } from "../../../schema/errors.ts";

test.each([
  [new Error("no room"), "no room"],
  ["no room", "no room"],
  [undefined, "undefined"],
])("the text of what was thrown, case %#", (thrown, text) => {
  expect(messageOf(thrown)).toBe(text);
});
