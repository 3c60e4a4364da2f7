import { expect, test } from "vitest";
import { forwardedFor } from "../../../../runtime/transport/proxy/forwarded-for.ts";
import { isAddressOrRange, TrustedProxies } from "../../../../runtime/transport/proxy/trusted-proxies.ts";
import fc from "../../../setup/random.ts";

const trusted = new TrustedProxies(["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
const proxy = { host: "10.0.0.7", port: 999 };

test.each<[header: string | string[] | undefined, host: string, port: number]>([
  [undefined, "10.0.0.7", 999],
  ["", "10.0.0.7", 999],
  ["203.0.113.7", "203.0.113.7", 0],
  ["203.0.113.7:4711", "203.0.113.7", 4_711],
  ["[2001:db8::7]:4711", "2001:db8::7", 4_711],
  ["2001:db8::7", "2001:db8::7", 0],
  ["::ffff:203.0.113.7", "203.0.113.7", 0],
  // Only the right part counts, from the first address that is not a proxy.
  ["1.1.1.1, 203.0.113.7", "203.0.113.7", 0],
  ["1.1.1.1, 203.0.113.7, 10.0.0.9, fd00::5", "203.0.113.7", 0],
  [["1.1.1.1", "203.0.113.7, 10.0.0.9"], "203.0.113.7", 0],
  ["10.0.0.8, 10.0.0.9", "10.0.0.8", 0],
  // What is no address ends the search at the proxy that wrote it.
  ["203.0.113.7, unknown", "10.0.0.7", 999],
  ["203.0.113.7, _hidden, 10.0.0.9", "10.0.0.9", 0],
  ["203.0.113.7,,10.0.0.9", "10.0.0.9", 0],
  ["203.0.113.7:99999", "10.0.0.7", 999],
  ["[203.0.113.7]", "10.0.0.7", 999],
  ["203.0.113.256", "10.0.0.7", 999],
  ["1.1.1.1 203.0.113.7", "10.0.0.7", 999],
])("%j from a trusted proxy names %s:%i", (header, host, port) => {
  expect(forwardedFor(header, proxy, trusted)).toEqual({ host, port });
});

test("the header of an address that is not a proxy is ignored", () => {
  const peer = { host: "203.0.113.9", port: 1 };
  expect(forwardedFor("1.1.1.1", peer, trusted)).toBe(peer);
});

test("nothing that a client invents changes the result, and the search is bounded", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (invented) => {
      expect(forwardedFor(`${invented},203.0.113.7, 10.0.0.9`, proxy, trusted).host).toBe("203.0.113.7");
    }),
  );
  const long = `1.1.1.1,${"10.0.0.9,".repeat(10_000)}10.0.0.9`;
  expect(forwardedFor(long, proxy, trusted).host).toBe("10.0.0.9");
});

test("trusted proxies are addresses and ranges; mapped addresses and zones count as what they are", () => {
  for (const host of ["10.255.1.2", "::ffff:10.1.1.1", "192.0.2.1", "fd12::1", "fd12::1%eth0"]) {
    expect(trusted.has(host), host).toBe(true);
  }
  for (const host of ["11.0.0.1", "192.0.2.2", "fe80::1", "unknown", ""]) {
    expect(trusted.has(host), host).toBe(false);
  }
  for (const entry of ["10.0.0.0/8", "::1", "fd00::/128", "1.2.3.4/32"])
    expect(isAddressOrRange(entry)).toBe(true);
  for (const entry of [
    "",
    "proxy.local",
    "10.0.0.0/33",
    "::/0",
    "0.0.0.0/0",
    "10.0.0/8",
    "10.0.0.0/",
    "1.2.3.4/8/8",
    7,
  ]) {
    expect(isAddressOrRange(entry), String(entry)).toBe(false);
  }
});
