import { expect, test } from "vitest";
import { messageOf } from "../../../schema/errors.ts";

test.each([
  [new Error("no room"), "no room"],
  ["no room", "no room"],
  [undefined, "undefined"],
  [new AggregateError([new Error("no route"), new Error("refused")], ""), "no route"],
  [new AggregateError([], ""), ""],
  [new AggregateError([new Error("no route")], "no host"), "no host"],
])("the text of what was thrown, case %#", (thrown, text) => {
  expect(messageOf(thrown)).toBe(text);
});
