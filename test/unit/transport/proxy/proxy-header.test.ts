import { expect, test } from "vitest";
import { crc32c } from "../../../../runtime/transport/proxy/crc32c.ts";
import { maxHeaderBytes, readProxyHeader } from "../../../../runtime/transport/proxy/proxy-header.ts";
import fc from "../../../setup/random.ts";
import { entry, header, local, signature, v4, v6, withChecksum } from "./proxy-bytes.ts";

const client = v4("203.0.113.7", 4_711);

test("the checksum is CRC-32C", () => {
  expect(crc32c(Buffer.from("123456789"), 0, 0)).toBe(0xe3069283);
});

test("headers of TCP over IPv4 and IPv6 name the client; entries behind the addresses are skipped", () => {
  const of = (host: string, bytes: number) => ({ is: "client", bytes, host, port: 4_711 });
  expect(readProxyHeader(header({ body: client }))).toEqual(of("203.0.113.7", 28));
  const six = v6("20010db8000000000000000000000007", 4_711);
  expect(readProxyHeader(header({ family: 0x21, body: six }))).toEqual(of("2001:db8::7", 52));
  const mapped = v6("00000000000000000000ffffcb007107", 4_711);
  expect(readProxyHeader(header({ family: 0x21, body: mapped }))).toEqual(of("203.0.113.7", 52));
  const entries = Buffer.concat([client, entry(0x20, Buffer.alloc(40)), entry(4, []), entry(0xee, [1])]);
  expect(readProxyHeader(header({ body: entries }))).toEqual(of("203.0.113.7", 16 + entries.length));
  expect(readProxyHeader(withChecksum(client))).toEqual(of("203.0.113.7", 35));
});

test("LOCAL is accepted whatever its address block holds", () => {
  expect(readProxyHeader(local)).toEqual({ is: "local", bytes: 16 });
  for (const family of [0, 0x11, 0x21, 0x31, 0xff]) {
    const bytes = header({ command: 0x20, family, body: Buffer.alloc(5) });
    expect(readProxyHeader(bytes)).toEqual({ is: "local", bytes: 21 });
  }
});

test.each<[string, Uint8Array, string]>([
  ["another protocol", Buffer.from("GET / HTTP/1.1"), "proxy-signature"],
  ["version 1", Buffer.from("PROXY TCP4 1.2.3.4"), "proxy-signature"],
  ["the signature cut by another byte", Buffer.from([...signature.slice(0, 11), 11]), "proxy-signature"],
  ["version 3", header({ command: 0x31, body: client }), "proxy-version"],
  ["an unknown command", header({ command: 0x22, body: client }), "proxy-version"],
  ["no family", header({ family: 0, body: client }), "proxy-family"],
  ["UDP", header({ family: 0x12, body: client }), "proxy-family"],
  ["a Unix socket", header({ family: 0x31, body: Buffer.alloc(216) }), "proxy-family"],
  ["an unknown family", header({ family: 0x41, body: client }), "proxy-family"],
  ["too few bytes for the addresses", header({ body: client.subarray(0, 11) }), "proxy-length"],
  ["more bytes than a header may have", header({ body: Buffer.alloc(521) }), "proxy-length"],
  ["more bytes than LOCAL may have", header({ command: 0x20, body: Buffer.alloc(521) }), "proxy-length"],
  ["an entry that is cut", header({ body: Buffer.concat([client, Buffer.from([4, 0])]) }), "proxy-entries"],
  [
    "an entry that is too long",
    header({ body: Buffer.concat([client, Buffer.from([4, 0, 1])]) }),
    "proxy-entries",
  ],
  [
    "a checksum of three bytes",
    header({ body: Buffer.concat([client, entry(3, [1, 2, 3])]) }),
    "proxy-entries",
  ],
  ["a wrong checksum", withChecksum(client, 1), "proxy-checksum"],
])("%s is rejected", (_, bytes, fault) => {
  expect(readProxyHeader(bytes)).toEqual({ is: "faulty", fault });
});

test("each truncation of a header is incomplete, and a longer one is rejected by its first 16 bytes", () => {
  for (const whole of [header({ body: client }), withChecksum(client), local]) {
    for (let size = 0; size < whole.length; size++) {
      const bytes = size < 16 ? 16 : whole.length;
      expect(readProxyHeader(whole.subarray(0, size))).toEqual({ is: "incomplete", bytes });
    }
    expect(readProxyHeader(Buffer.concat([whole, Buffer.from("more")]))).toMatchObject({
      bytes: whole.length,
    });
  }
  const long = header({ body: Buffer.alloc(600) });
  expect(readProxyHeader(long.subarray(0, 16))).toEqual({ is: "faulty", fault: "proxy-length" });
});

test("no bytes make the reader throw, or wait for more than a header may have", () => {
  const start = fc.constantFrom(
    Buffer.from(signature),
    header({ body: client }),
    withChecksum(client),
    local,
  );
  const noise = fc.tuple(start, fc.nat(60), fc.uint8Array({ maxLength: 700 }));
  fc.assert(
    fc.property(noise, ([known, kept, rest]) => {
      const bytes = Buffer.concat([known.subarray(0, kept), rest]);
      const found = readProxyHeader(bytes);
      if (found.is === "incomplete") expect(found.bytes).toBeGreaterThan(bytes.length);
      if (found.is !== "faulty") expect(found.bytes).toBeLessThanOrEqual(maxHeaderBytes);
    }),
    { numRuns: 2_000 },
  );
});

test("any address and any entries come through", () => {
  const entries = fc.array(fc.tuple(fc.integer({ min: 4, max: 255 }), fc.uint8Array({ maxLength: 50 })), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65_535 }), entries, (host, port, list) => {
      const body = Buffer.concat([v4(host, port), ...list.map(([type, value]) => entry(type, value))]);
      expect(readProxyHeader(header({ body }))).toEqual({
        is: "client",
        bytes: 16 + body.length,
        host,
        port,
      });
    }),
  );
});
