import { once } from "node:events";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { Deadlines } from "../../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { Admissions } from "../../../../runtime/transport/connection/admissions.ts";
import { openPort } from "../../../../runtime/transport/port.ts";
import type { PortOptions } from "../../../../runtime/transport/port-options.ts";
import { Lines } from "../../../setup/lines.ts";
import { dial, rig, upgrade, webSocketFrame } from "../rig.ts";
import { tlsRig } from "../tls/tls-rig.ts";
import { header, local, v4, v6, withChecksum } from "./proxy-bytes.ts";

const v2: Partial<PortOptions> = { proxy: "v2", trustedProxies: ["127.0.0.0/8"] };
const client = header({ body: v4("203.0.113.7", 4_711) });
const frames = Buffer.from("\0\0frames");

const limited = (perAddress: number) =>
  new Admissions({ connectionCount: 100, connectionsPerAddress: perAddress, ipv6PrefixBits: 64 });

test("frames and WebSockets behind a header have the client's address, at each split of the bytes", async () => {
  const { port, transports } = await rig(v2);
  const bytes = Buffer.concat([withChecksum(v4("203.0.113.7", 4_711)), frames]);
  for (let split = 1; split < bytes.length; split++) {
    const { socket } = await dial(port);
    socket.write(bytes.subarray(0, split));
    await new Promise((resolve) => setTimeout(resolve, 2));
    socket.write(bytes.subarray(split));
    await expect.poll(() => transports[split - 1]?.recorder.bytes.toString()).toBe(frames.toString());
    expect(transports[split - 1]!.transport.remote).toBe("203.0.113.7:4711");
  }
  const { socket, text } = await dial(port);
  for (const byte of Buffer.concat([client, Buffer.from(upgrade)])) socket.write(Buffer.of(byte));
  await expect.poll(text).toContain("101 Switching Protocols");
  socket.write(webSocketFrame(2, Buffer.from("hi")));
  await expect.poll(() => transports.at(-1)?.recorder.bytes.toString()).toBe("hi");
  expect(transports.at(-1)!.transport).toMatchObject({ kind: "websocket", remote: "203.0.113.7:4711" });
});

test("without its header, or from an address that is not trusted, a connection is closed and counted", async () => {
  const log = new Lines();
  const { port, counters, transports } = await rig({ ...v2, log });
  for (const bytes of [frames, Buffer.from(upgrade), header({ family: 0x31, body: Buffer.alloc(216) })]) {
    const { socket, ended } = await dial(port);
    socket.write(bytes);
    await ended;
  }
  const other = await rig({ ...v2, trustedProxies: ["10.0.0.1"] });
  const { socket, ended } = await dial(other.port);
  socket.write(Buffer.concat([client, frames]));
  await ended;
  expect(counters.get("connections.refused.proxy-signature")).toBe(2);
  expect(counters.get("connections.refused.proxy-family")).toBe(1);
  expect(other.counters.get("connections.refused.proxy-untrusted")).toBe(1);
  expect([transports, other.transports]).toEqual([[], []]);
  expect(log.of("connection rejected")[0]).toMatchObject({ remote: expect.stringContaining("127.0.0.1:") });
});

test("limits count the client's address, not the proxy's; an IPv6 network is one address", async () => {
  const refused: string[] = [];
  const admissions = limited(1);
  const { port, transports } = await rig({
    ...v2,
    admissions,
    onRefused: (why, remote) => void refused.push(`${why} ${remote}`),
  });
  const open = async (bytes: Buffer) => {
    const dialled = await dial(port);
    dialled.socket.write(Buffer.concat([bytes, frames]));
    return dialled;
  };
  const six = (last: string) => header({ family: 0x21, body: v6(`20010db8${"0".repeat(8)}${last}`, 1) });
  const first = await open(client);
  await open(header({ body: v4("203.0.113.8", 1) }));
  await open(six("0000000000000001"));
  await expect.poll(() => transports.length).toBe(3);
  await (await open(client)).ended;
  await (await open(six("00000000000000ff"))).ended;
  expect(refused).toEqual(["address 203.0.113.7:4711", "address [2001:db8::ff]:1"]);
  expect(admissions.count).toBe(3);
  first.socket.destroy();
  await expect.poll(() => admissions.count).toBe(2);
  await open(client);
  await expect.poll(() => transports.length).toBe(4);
});

test("a proxy's own connections are served with its address, and count neither as clients nor as refusals", async () => {
  const clock = new FakeClock();
  const admissions = limited(1);
  const { port, counters, transports } = await rig({
    ...v2,
    admissions,
    deadlines: new Deadlines(clock),
    firstBytesMs: 1_000,
    http: (_request, response) => void response.end("fine"),
  });
  const page = await dial(port);
  page.socket.write(Buffer.concat([local, Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]));
  await expect.poll(page.text).toContain("fine");
  const served = await dial(port);
  served.socket.write(Buffer.concat([local, frames]));
  await expect.poll(() => transports[0]?.transport.remote).toContain("127.0.0.1:");
  const silent = await dial(port);
  silent.socket.write(local);
  const closing = await dial(port);
  closing.socket.end(local);
  await closing.ended;
  expect(admissions.count).toBe(0);
  clock.advance(1_100);
  await silent.ended;
  expect(counters.entries()).toEqual([["connections.accepted", 4]]);
});

test("a header that does not come in time closes the connection; more than 536 bytes are never awaited", async () => {
  const clock = new FakeClock();
  const { port, counters } = await rig({ ...v2, deadlines: new Deadlines(clock), firstBytesMs: 1_000 });
  const slow = await dial(port);
  slow.socket.write(client.subarray(0, client.length - 1));
  const silent = await dial(port);
  const late = await dial(port);
  late.socket.write(client); // but nothing behind it
  await expect.poll(() => counters.get("connections.accepted")).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.advance(1_100);
  await Promise.all([slow.ended, silent.ended, late.ended]);
  expect(counters.get("connections.refused.silent")).toBe(3);
  const long = await dial(port);
  long.socket.write(header({ body: Buffer.alloc(521) }).subarray(0, 16));
  await long.ended;
  expect(counters.get("connections.refused.proxy-length")).toBe(1);
  const largest = await dial(port);
  const entries = Buffer.alloc(508);
  entries.set([4, 505 >>> 8, 505 & 255]);
  largest.socket.write(Buffer.concat([header({ body: Buffer.concat([v4("1.1.1.1", 1), entries]) }), frames]));
  await expect.poll(() => counters.get("connections.accepted")).toBe(5);
  expect(counters.get("connections.refused.proxy-length")).toBe(1);
});

test("header, TLS and WebSocket follow one another, with what the proxies say of the client", async () => {
  const options: Partial<PortOptions> = {
    proxy: "v2",
    forwarded: "x-forwarded-for",
    trustedProxies: ["127.0.0.1", "198.51.100.0/24"],
  };
  const server = await tlsRig({}, options);
  const cases: [Buffer, header: string, remote: string][] = [
    [client, "", "203.0.113.7:4711"],
    [client, "X-Forwarded-For: 1.1.1.1\r\n", "203.0.113.7:4711"],
    [header({ body: v4("198.51.100.9", 5) }), "X-Forwarded-For: 9.9.9.9, 203.0.113.8\r\n", "203.0.113.8:0"],
    [header({ body: v4("198.51.100.9", 5) }), "X-Forwarded-For: 9.9.9.9, x\r\n", "198.51.100.9:5"],
  ];
  for (const [bytes, line, remote] of cases) {
    const { socket } = await dial(server.port);
    socket.write(bytes);
    const secure = connect({ socket, ca: server.ca, host: "127.0.0.1" });
    onTestFinished(() => void secure.destroy());
    secure.write(upgrade.replace(/\r\n$/, `${line}\r\n`));
    await once(secure, "data");
    secure.write(webSocketFrame(2, Buffer.from("hi")));
    await expect.poll(() => server.transports.at(-1)?.recorder.bytes.toString()).toBe("hi");
    expect(server.transports.at(-1)!.transport.remote).toBe(remote);
    secure.destroy();
    await expect.poll(() => server.transports.at(-1)?.recorder.closes.length).toBe(1);
  }
});

test("behind HTTP proxies a WebSocket counts with the client's address; a client beyond its limit gets 503", async () => {
  const admissions = limited(1);
  const refused: string[] = [];
  const { port, transports, counters } = await rig({
    forwarded: "x-forwarded-for",
    trustedProxies: ["127.0.0.1"],
    admissions,
    origins: ["https://play.example"],
    onRefused: (why, remote) => void refused.push(`${why} ${remote}`),
  });
  const open = async (line: string) => {
    const dialled = await dial(port);
    dialled.socket.write(upgrade.replace(/\r\n$/, `${line}\r\n`));
    return dialled;
  };
  const one = await open("X-Forwarded-For: 1.1.1.1, 203.0.113.7\r\n");
  await expect.poll(one.text).toContain("101 Switching");
  const two = await open("X-Forwarded-For: 203.0.113.8\r\n");
  await expect.poll(two.text).toContain("101 Switching");
  const again = await open("X-Forwarded-For: 2.2.2.2, 203.0.113.7\r\n");
  await again.ended;
  expect(again.text()).toContain("503 Service Unavailable");
  expect(refused).toEqual(["address 203.0.113.7:0"]);
  expect(transports.map(({ transport }) => transport.remote)).toEqual(["203.0.113.7:0", "203.0.113.8:0"]);
  const foreign = await open("X-Forwarded-For: 203.0.113.9\r\nOrigin: https://evil.example\r\n");
  await foreign.ended;
  expect(foreign.text()).toContain("403 Forbidden");
  expect(counters.get("connections.refused.origin")).toBe(1);
  expect(admissions.count).toBe(2);
});

test("without the option the header is ignored, and a port with one option but no proxies is rejected", async () => {
  const { port, transports } = await rig();
  const { socket, text } = await dial(port);
  socket.write(upgrade.replace(/\r\n$/, "X-Forwarded-For: 203.0.113.7\r\n\r\n"));
  await expect.poll(text).toContain("101 Switching");
  expect(transports[0]!.transport.remote).toContain("127.0.0.1:");
  const open = (options: Partial<PortOptions>) => openPort({ onTransport: () => undefined, ...options });
  await expect(open({ proxy: "v2" })).rejects.toThrow("trustedProxies");
  await expect(open({ proxy: "v2", trustedProxies: [] })).rejects.toThrow("expected one or more addresses");
  await expect(open({ forwarded: "x-forwarded-for", trustedProxies: ["proxy"] })).rejects.toThrow(
    "10.0.0.0/24",
  );
  await expect(open({ trustedProxies: ["10.0.0.1"] })).rejects.toThrow('neither "proxy" nor "forwarded"');
});
