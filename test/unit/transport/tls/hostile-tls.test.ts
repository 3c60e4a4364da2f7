import { connect } from "node:net";
import { expect, test } from "vitest";
import { Admissions } from "../../../../runtime/transport/connection/admissions.ts";
import fc from "../../../setup/random.ts";
import { header, v4 } from "../proxy/proxy-bytes.ts";
import { clientHello, dialRaw, tlsRig } from "./tls-rig.ts";

/** Changes of a first flight: bytes that are replaced, a cut, and bytes behind it. */
const change = fc.record({
  replaced: fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { maxLength: 4 }),
  kept: fc.option(fc.nat(2_000)),
  more: fc.uint8Array({ maxLength: 300 }),
  split: fc.nat(2_000),
  ends: fc.constantFrom("end", "destroy", "resetAndDestroy" as const),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

test("no first flight of a client leaves a connection, a slot or a count behind", async () => {
  const admissions = new Admissions({ connectionCount: 50, connectionsPerAddress: 50, ipv6PrefixBits: 64 });
  const server = await tlsRig(
    {},
    { admissions, tlsHandshakeCount: 4, proxy: "v2", trustedProxies: ["127.0.0.1"], firstBytesMs: 60_000 },
  );
  const proxied = header({ body: v4("203.0.113.7", 1) });
  const first = Buffer.concat([proxied, await clientHello()]);
  const talk = async ({ replaced, kept, more, split, ends }: Change): Promise<void> => {
    const bytes = Buffer.from(first);
    for (const [at, value] of replaced) bytes[at % bytes.length] = value;
    const cut = Buffer.concat([bytes.subarray(0, kept ?? bytes.length), more]);
    const socket = connect(server.port.port, "127.0.0.1");
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {}).resume();
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    socket.write(cut.subarray(0, split));
    await new Promise((resolve) => setTimeout(resolve, split % 3));
    if (socket.writable) socket.write(cut.subarray(split));
    await new Promise((resolve) => setTimeout(resolve, split % 5));
    socket[ends]();
    await closed;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 8, maxLength: 8 }), async (all) => {
      await Promise.all(all.map(talk));
    }),
    { numRuns: 150 },
  );
  await expect.poll(() => server.port.connectionCount).toBe(0);
  expect(admissions.count).toBe(0);
  expect(server.transports).toEqual([]);

  const socket = connect(server.port.port, "127.0.0.1");
  socket.write(proxied);
  const good = await dialRaw(server, { socket });
  good.write("\0\0good");
  await expect.poll(() => server.transports[0]?.recorder.bytes.toString()).toBe("\0\0good");
  expect(server.transports[0]!.transport.remote).toBe("203.0.113.7:1");
}, 60_000);
