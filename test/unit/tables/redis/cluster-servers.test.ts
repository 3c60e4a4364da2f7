import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { RedisServers } from "../../../../runtime/tables/redis/cluster-servers.ts";

const slotCount = 16_384;

/** A cluster of one server for each slot, called by its number. */
function world() {
  const slots = Array.from({ length: slotCount }, (_, slot) => [`slot:${slot}`]);
  const cluster = Object.assign(new EventEmitter(), { slots });
  const servers = new RedisServers(
    cluster as never,
    () => undefined as never,
    () => undefined,
  );
  for (let slot = 0; slot < slotCount; slot++)
    cluster.emit("+node", { options: { host: "slot", port: slot } });
  return (key: string | Buffer) => servers.of(key).options.port;
}

// From the Redis Cluster specification, and by CLUSTER KEYSLOT.
test("a key goes to the server of its slot, as a text and as bytes; keys of one hash tag go together", () => {
  const slotOf = world();
  const known = { "123456789": 12_739, somekey: 11_058, "foo{hash_tag}": 2_515, "bar{hash_tag}": 2_515 };
  for (const [key, slot] of Object.entries(known)) {
    expect([key, slotOf(key), slotOf(Buffer.from(key))]).toEqual([key, slot, slot]);
  }
  expect(slotOf("p:{s7}:i:hero:{x}:ü😀")).toBe(slotOf("s7"));
  expect(slotOf(Buffer.from("p:{s7}:i:hero:ü"))).toBe(slotOf("s7"));
  expect(slotOf("ü😀")).toBe(slotOf(Buffer.from("ü😀")));
});
