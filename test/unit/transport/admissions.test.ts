import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { AddressTable } from "../../../runtime/transport/connection/address-table.ts";
import { Admissions, countedAddress } from "../../../runtime/transport/connection/admissions.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::ffff:c000:207", "192.0.2.7"],
  ["64:ff9b::192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2:0:0:0:0/64"],
  ["2001:DB8:1:2::9", "2001:db8:1:2:0:0:0:0/64"],
  ["2001:db8::1", "2001:db8:0:0:0:0:0:0/64"],
  ["fe80::1%eth0", "fe80:0:0:0:0:0:0:0/64"],
  ["::1", "0:0:0:0:0:0:0:0/64"],
  ["no:address", "no:address"],
  ["1::2::3", "1::2::3"],
  ["memory", "memory"],
])("%s counts as %s", (host, counted) => {
  expect(countedAddress(host, 64)).toBe(counted);
});

test.each([
  [48, "2001:db8:1:0:0:0:0:0/48"],
  [56, "2001:db8:1:ab00:0:0:0:0/56"],
  [128, "2001:db8:1:abcd:3:4:5:6/128"],
])("an IPv6 address counts as its prefix of %i bits", (bits, counted) => {
  expect(countedAddress("2001:db8:1:abcd:3:4:5:6", bits)).toBe(counted);
});

test("an address has as many connections as the limit says, and another address has its own", () => {
  const admissions = new Admissions({ connectionCount: 3, connectionsPerAddress: 2, ipv6PrefixBits: 64 });
  expect(admissions.enter("2001:db8::1")).toBeUndefined();
  expect(admissions.enter("2001:db8::2")).toBeUndefined();
  expect(admissions.enter("2001:db8::3")).toBe("address");
  expect(admissions.enter("192.0.2.7")).toBeUndefined();
  expect(admissions.enter("192.0.2.8")).toBe("connections");
  expect(admissions.count).toBe(3);
  admissions.leave("2001:db8::1");
  expect(admissions.enter("2001:db8::3")).toBeUndefined();
});

test("what never entered takes no place away when it leaves", () => {
  const admissions = new Admissions({ connectionCount: 1, connectionsPerAddress: 1, ipv6PrefixBits: 64 });
  admissions.leave("192.0.2.7");
  expect(admissions.count).toBe(0);
  expect(admissions.enter("192.0.2.7")).toBeUndefined();
});

test("an address that comes back at once has what is left of its rate, also after its last connection", () => {
  const clock = new FakeClock();
  const limits = { connectionCount: 100, connectionsPerAddress: 100, ipv6PrefixBits: 64 };
  const admissions = new Admissions({ ...limits, connectRate: { count: 2, perMs: 1_000 } }, clock);
  const visit = (host: string) => {
    const refusal = admissions.enter(host);
    if (refusal === undefined) admissions.leave(host);
    return refusal;
  };
  expect([visit("192.0.2.7"), visit("192.0.2.7"), visit("192.0.2.7")]).toEqual([
    undefined,
    undefined,
    "address-rate",
  ]);
  expect(visit("192.0.2.8")).toBeUndefined();
  clock.advance(500);
  expect([visit("192.0.2.7"), visit("192.0.2.7")]).toEqual([undefined, "address-rate"]);
  expect(admissions.count).toBe(0);
});

test("addresses without connections are forgotten once their budgets are full, and never fill the memory", () => {
  const table = new AddressTable();
  for (let n = 0; n < 200_000; n++) {
    const entry = table.of(`a${n}`, 0);
    entry.buckets[0] = 1_000;
  }
  expect(table.size).toBeLessThanOrEqual(65_537);
  const last = table.of("b", 2_000);
  last.count = 1;
  for (let n = 0; n < 70_000; n++) table.rest(last, 2_000);
  expect(table.size).toBeLessThan(10);
  expect(table.get("b")).toBe(last);
});

test("an address that is forgotten leaves nothing in memory", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const table = new AddressTable();
  const entries = Array.from({ length: 20_000 }, (_, n) => new WeakRef(table.of(`a${n}`, 0)));
  expect(table.size).toBeLessThan(10);
  return new Promise<void>((resolve) => {
    // The target of a weak reference lives until the end of the turn in which the reference was made.
    setImmediate(() => {
      collectGarbage();
      expect(entries.filter((entry) => entry.deref() !== undefined).length).toBeLessThan(1_000);
      resolve();
    });
  });
});
