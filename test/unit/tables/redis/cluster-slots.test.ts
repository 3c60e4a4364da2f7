import { expect, test } from "vitest";
import { slotOf } from "../../../../runtime/tables/redis/cluster-slots.ts";

// From the Redis Cluster specification, and by CLUSTER KEYSLOT.
test.each([
  ["123456789", 12_739],
  ["", 0],
  ["somekey", 11_058],
  ["foo{hash_tag}", 2_515],
  ["bar{hash_tag}", 2_515],
])("the slot of %j is %i, as a text and as bytes", (key, slot) => {
  expect(slotOf(key)).toBe(slot);
  expect(slotOf(Buffer.from(key))).toBe(slot);
});

test("the tag is what is between the first brace and the first that closes it, unless that is nothing", () => {
  expect(slotOf("p:{s7}:i:{x}")).toBe(slotOf("s7"));
  expect(slotOf("foo{{bar}}zap")).toBe(slotOf("{bar"));
  expect(slotOf("}{s7}")).toBe(slotOf("s7"));
  expect(slotOf("a{}{s7}")).not.toBe(slotOf("s7"));
  expect(slotOf("a{s7")).not.toBe(slotOf("s7"));
  expect(slotOf("ü")).toBe(slotOf(Buffer.from("ü")));
});
