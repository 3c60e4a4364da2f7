import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { expect, test, vi } from "vitest";
import { Deadlines } from "../../../../runtime/clock/deadlines.ts";
import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import { ClientCredentials } from "../../../../runtime/transport/tls/client-credentials.ts";
import { dialTls } from "../../../../runtime/transport/tls/dial-tls.ts";
import { ServerCredentials } from "../../../../runtime/transport/tls/server-credentials.ts";
import type { ClientTlsOptions } from "../../../../runtime/transport/tls/tls-options.ts";
import { pattern, Recorder } from "../../../conformance/transport/recorder.ts";
import { certificateFolder } from "../../../setup/certificates.ts";
import { dial, rig, upgrade, webSocketFrame } from "../rig.ts";
import { clientHello, dialRaw, tlsRig } from "./tls-rig.ts";

async function dialWith(server: { port: { port: number } }, options: ClientTlsOptions, host = "localhost") {
  const credentials = await ClientCredentials.open(options);
  credentials.close();
  return dialTls(host, server.port.port, credentials);
}

test("frames and WebSockets are told apart inside TLS, and read in pieces of any size", async () => {
  const server = await tlsRig();
  const frames = await dialRaw(server);
  for (const byte of Buffer.from("\0\0hello")) frames.write(Buffer.of(byte));
  await expect.poll(() => server.transports[0]?.recorder.bytes.toString()).toBe("\0\0hello");
  expect(server.transports[0]!.transport.kind).toBe("tcp");

  const socket = await dialRaw(server);
  socket.write(upgrade);
  await once(socket, "data");
  socket.write(webSocketFrame(2, Buffer.from("hi")));
  await expect.poll(() => server.transports[1]?.recorder.bytes.toString()).toBe("hi");
  expect(server.transports[1]!.transport.kind).toBe("websocket");
});

test("a page of the port is served by https, and HTTP/2 is not offered", async () => {
  const server = await tlsRig({}, { http: (_request, response) => void response.end("page") });
  const socket = await dialRaw(server, { ALPNProtocols: ["h2", "http/1.1"] });
  expect(socket.alpnProtocol).toBe("http/1.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 OK[\s\S]*page/);
});

test("plain connections to a port with TLS are refused and counted; plain HTTP is told why", async () => {
  const { port, counters, transports } = await tlsRig();
  const http = await dial(port);
  http.socket.write(`${upgrade}${"x".repeat(1_000)}`);
  await http.ended;
  expect(http.text()).toMatch(
    /^HTTP\/1.1 400 Bad Request\r\nConnection: close\r\n[\s\S]*use https:\/\/ or wss:\/\/\n$/,
  );
  const frames = await dial(port);
  frames.socket.write(Buffer.alloc(16));
  await frames.ended;
  const illegal = await dial(port);
  illegal.socket.write(Buffer.from([0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9]));
  await illegal.ended;
  expect(counters.entries()).toEqual([
    ["connections.accepted", 3],
    ["connections.refused.plain", 1],
    ["connections.refused.plain-http", 1],
    ["connections.refused.tls-illegal", 1],
  ]);
  expect(transports).toEqual([]);
  expect(port.connectionCount).toBe(0);
});

test("TLS 1.1, and clients that do not trust the certificate, are refused and counted", async () => {
  const server = await tlsRig();
  const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  await expect(dialRaw(server, old)).rejects.toThrow(/version|protocol/);
  await expect(dialRaw(server, { ca: [] })).rejects.toThrow("unable to verify");
  await expect.poll(() => server.counters.get("connections.refused.tls-version")).toBe(1);
  await expect.poll(() => server.port.connectionCount).toBe(0);
});

test("of two certificates the server name selects one", async () => {
  const server = await tlsRig((files) => ({
    certificates: [
      files.certificate("one", { names: ["DNS:one.example", "DNS:localhost"] }),
      files.certificate("two", { names: ["DNS:two.example"] }),
    ],
  }));
  for (const name of ["one.example", "two.example"]) {
    const socket = await dialRaw(server, { servername: name });
    expect(socket.getPeerX509Certificate()?.subjectAltName).toContain(`DNS:${name}`);
  }
});

test("a session of TLS is resumed by its ticket", async () => {
  const server = await tlsRig();
  const first = await dialRaw(server);
  first.write("\0\0x");
  const [session] = (await once(first, "session")) as [Buffer];
  const second = await dialRaw(server, { session });
  expect(second.isSessionReused()).toBe(true);
});

test("a slow handshake is cut when its time is over, whatever was sent of the ClientHello", async () => {
  const clock = new FakeClock();
  const server = await tlsRig({}, { deadlines: new Deadlines(clock), firstBytesMs: 1_000 });
  const hello = await clientHello();
  const silent = await dial(server.port);
  const slow = await dial(server.port);
  slow.socket.write(hello.subarray(0, 1));
  const slower = await dial(server.port);
  slower.socket.write(hello.subarray(0, hello.length - 1));
  const half = await dial(server.port);
  half.socket.write(hello);
  await expect.poll(() => half.text().length).toBeGreaterThan(0);
  const encrypted = await dialRaw(server); // shows no protocol inside TLS
  await expect.poll(() => server.port.connectionCount).toBe(5);
  clock.advance(1_100);
  await Promise.all([silent.ended, slow.ended, slower.ended, half.ended, once(encrypted, "close")]);
  expect(server.counters.get("connections.refused.silent")).toBe(5);
  expect(server.port.connectionCount).toBe(0);
});

test("a client that leaves inside its handshake frees everything and is not counted as a refusal", async () => {
  const server = await tlsRig({}, { tlsHandshakeCount: 1 });
  const hello = await clientHello();
  for (const size of [1, 5, 100, hello.length]) {
    for (const leave of ["end", "destroy", "resetAndDestroy"] as const) {
      const { socket } = await dial(server.port);
      socket.write(hello.subarray(0, size));
      await expect.poll(() => server.port.connectionCount).toBe(1);
      socket[leave]();
      await expect.poll(() => server.port.connectionCount, { timeout: 8_000 }).toBe(0);
    }
  }
  await dialRaw(server);
}, 30_000);

test("handshakes beyond the limit wait; slow ones make room after a second", async () => {
  const clock = new FakeClock();
  const server = await tlsRig({}, { deadlines: new Deadlines(clock), tlsHandshakeCount: 2 });
  const hello = await clientHello();
  const slow = await Promise.all([dial(server.port), dial(server.port)]);
  for (const { socket } of slow) socket.write(hello.subarray(0, 50));
  await expect.poll(() => server.port.connectionCount).toBe(2);
  await vi.waitFor(() => expect(server.counters.get("connections.accepted")).toBe(2));
  const good = dialRaw(server);
  await expect.poll(() => server.port.connectionCount).toBe(3);
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.advance(1_100);
  await good;
  expect(server.counters.get("connections.refused.tls-slow")).toBeGreaterThan(0);
});

test("a client checks the server's certificate: authority, host name, expiry, pins", async () => {
  const server = await tlsRig();
  const { files } = server;
  const caFile = files.authority().certFile;
  const other = files.authority("other").certFile;
  const { leaf, pins } = server.leaf;
  await (await dialWith(server, { caFile })).close();
  await (await dialWith(server, { caFile }, "127.0.0.1")).close();
  await (await dialWith(server, { ca: readFileSync(caFile, "utf8"), pins: [pins.key] })).close();
  for (const pin of [leaf.fingerprint256, pins.certificate, pins.key]) {
    await (await dialWith(server, { pins: ["0".repeat(64), pin] })).close();
  }
  const denied: [ClientTlsOptions, string][] = [
    [{}, "PERMISSION_DENIED: cannot connect to localhost:"],
    [{ caFile: other }, "the server's certificate is not accepted"],
    [{ caFile, serverName: "game.example" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    [{ pins: ["0".repeat(64)] }, "matches none of the pinned fingerprints"],
    [{ caFile, pins: ["0".repeat(64)] }, "matches none of the pinned fingerprints"],
    [{ caFile: other, pins: [pins.key] }, "the server's certificate is not accepted"],
  ];
  for (const [options, why] of denied) await expect(dialWith(server, options), why).rejects.toThrow(why);
});

test("a client refuses a certificate that has expired in use, unless the certificate is pinned", async () => {
  const files = certificateFolder();
  const paths = files.certificate("expired", { days: 0 });
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // valid in the second that it was made in
  const leaf = new X509Certificate(readFileSync(paths.certFile));
  const clock = new FakeClock({ wall: Date.parse(leaf.validTo) });
  const credentials = await ServerCredentials.open({ certificates: [paths] }, { clock });
  credentials.close();
  const server = await rig({ tls: credentials });
  const caFile = files.authority().certFile;
  await expect(dialWith(server, { caFile })).rejects.toThrow("PERMISSION_DENIED");
  await expect(dialWith(server, { caFile })).rejects.toThrow("CERT_HAS_EXPIRED");
  await (await dialWith(server, { pins: [leaf.fingerprint256] })).close();
});

test("a server that asks for certificates refuses clients without one, of another authority, or not pinned", async () => {
  const server = await tlsRig((files) => ({ clientCaFile: files.authority("clients").certFile }));
  const { files } = server;
  const caFile = files.authority().certFile;
  const good = files.certificate("good", { authority: "clients" });
  const bad = files.certificate("bad", { authority: "others" });
  const ok = await dialWith(server, { caFile, certificate: good });
  ok.start(new Recorder());
  ok.output.append(Uint8Array.of(0, 1));
  ok.flushNow();
  await expect.poll(() => server.transports.length).toBe(1);
  for (const options of [{ caFile }, { caFile, certificate: bad }]) {
    // In TLS 1.3 a client has finished its handshake before the server sees the certificate.
    const transport = await dialWith(server, options);
    const end = new Recorder();
    transport.start(end);
    transport.output.append(Uint8Array.of(0, 1));
    transport.flushNow();
    await end.closed;
  }
  expect(server.transports.length).toBe(1);
  expect(server.counters.get("connections.refused.tls-no-certificate")).toBe(1);
  expect(server.counters.get("connections.refused.tls-wrong-certificate")).toBe(1);
});

test("a certificate changes under load without a dropped connection; new connections see the new one", async () => {
  const server = await tlsRig();
  const { files, credentials } = server;
  const echoes = await Promise.all(Array.from({ length: 8 }, () => dialRaw(server)));
  let received = 0;
  for (const socket of echoes) {
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
      socket.write(chunk);
    });
    socket.write(Buffer.alloc(100));
  }
  await expect.poll(() => server.transports.length).toBe(8);
  for (const { transport, recorder } of server.transports) {
    const { onData } = recorder;
    recorder.onData = (chunk) => {
      onData.call(recorder, chunk);
      transport.output.append(chunk);
      transport.flushSoon();
    };
    transport.output.append(new Uint8Array(100));
    transport.flushSoon();
  }
  await expect.poll(() => received).toBeGreaterThan(1_000);
  const [before] = credentials.fingerprints;
  const others = files.certificate("server"); // writes the files of the certificate in use
  expect(others).toEqual(server.paths);
  await credentials.check();
  expect(credentials.fingerprints[0]).not.toBe(before);
  const fresh = await dialRaw(server);
  expect(fresh.getPeerX509Certificate()?.fingerprint256).toBe(credentials.fingerprints[0]);
  const soFar = received;
  await expect.poll(() => received).toBeGreaterThan(soFar + 1_000);
  expect(server.transports.flatMap(({ recorder }) => recorder.closes)).toEqual([]);
  for (const socket of echoes) expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(before);
});

test("a client that ends its side of TLS still gets what is written afterwards", async () => {
  const server = await tlsRig();
  const socket = await dialRaw(server, { allowHalfOpen: true } as ConnectionOptions);
  let received = "";
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
  });
  socket.write("\0\0ask");
  await expect.poll(() => server.transports[0]?.recorder.size).toBe(5);
  const { transport, recorder } = server.transports[0]!;
  let ended = false;
  Object.assign(recorder, { onPeerEnd: () => (ended = true) });
  socket.end();
  await expect.poll(() => ended).toBe(true);
  transport.output.append(Buffer.from("answer"));
  await Promise.all([transport.close(), once(socket, "end")]);
  expect(received).toBe("answer");
});

test("nothing of a body shows on the wire", async () => {
  const server = await tlsRig();
  const seen: Buffer[] = [];
  const { port: tapped, close } = await tap(server.port.port, seen);
  const secret = "the-secret-of-the-body".repeat(50);
  const socket = await dialRaw({ ...server, port: { port: tapped } });
  socket.write(`\0\0${secret}`);
  await expect.poll(() => server.transports[0]?.recorder.size).toBe(secret.length + 2);
  server.transports[0]!.transport.output.append(Buffer.from(secret));
  server.transports[0]!.transport.flushNow();
  await once(socket, "data");
  const wire = Buffer.concat(seen).toString("latin1");
  expect(wire.length).toBeGreaterThan(2 * secret.length);
  expect(wire).not.toContain("secret-of");
  close();
});

test("all that is written in one tick is one record", async () => {
  const server = await tlsRig();
  const seen: Buffer[] = [];
  const { port: tapped, close } = await tap(server.port.port, seen);
  const socket = await dialRaw({ ...server, port: { port: tapped } });
  socket.write("\0\0");
  await expect.poll(() => server.transports[0]?.recorder.size).toBe(2);
  seen.length = 0;
  const { output } = server.transports[0]!.transport;
  for (let frame = 0; frame < 100; frame++) {
    output.append(pattern(20));
    server.transports[0]!.transport.flushSoon();
  }
  await once(socket, "data");
  const wire = Buffer.concat(seen);
  expect(wire[0]).toBe(23); // application data
  expect(5 + wire.readUInt16BE(3)).toBe(wire.length);
  close();
});

/** A TCP proxy that keeps all bytes of both directions. */
async function tap(port: number, seen: Buffer[]): Promise<{ port: number; close: () => void }> {
  const server = createServer((near) => {
    const far = connectTcp(port, "127.0.0.1");
    const pass = (from: Socket, to: Socket): void => {
      from.on("data", (chunk) => {
        seen.push(chunk);
        to.write(chunk);
      });
      from.on("close", () => to.destroy()).on("error", () => {});
    };
    pass(near, far);
    pass(far, near);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as { port: number }).port, close: () => void server.close() };
}

test("a flood of records takes one share of a turn, however many records are read at once", async () => {
  const server = await tlsRig({}, { turnFrameCount: 4 });
  const socket = await dialRaw(server);
  socket.write("\0\0");
  await expect.poll(() => server.transports.length).toBe(1);
  const { transport, recorder } = server.transports[0]!;
  let inTurn = 0;
  let most = 0;
  recorder.onData = (chunk) => {
    if (inTurn++ === 0) setImmediate(() => (inTurn = 0));
    most = Math.max(most, inTurn);
    recorder.size += chunk.length;
    transport.turn!.left -= 1;
  };
  socket.cork();
  for (let n = 0; n < 500; n++) socket.write(pattern(100));
  socket.uncork();
  await expect.poll(() => recorder.size).toBe(50_002);
  expect(most).toBeLessThanOrEqual(8);
});
