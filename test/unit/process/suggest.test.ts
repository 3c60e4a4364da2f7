import { expect, test } from "vitest";
import { editDistance, nearest } from "../../../schema/suggest.ts";

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["abc", "abcd", 1],
  ["kitten", "sitting", 3],
  ["", "abc", 3],
])("from %j to %j it takes %i changes", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test("the nearest word is offered, and none that is far", () => {
  expect(nearest("listn", ["listen", "links", "limits"])).toBe("listen");
  expect(nearest("lnks", ["listen", "links"])).toBe("links");
  expect(nearest("colour", ["listen", "links"])).toBeUndefined();
});
