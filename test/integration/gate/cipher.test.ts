import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cipher } from "../../../clients/typescript/src/cipher/cipher.ts";
import { type Connection, connect, dial } from "../../../clients/typescript/src/node/index.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { type Logger, silentLogger } from "../../../runtime/log/logger.ts";
import type { CipherListen } from "../../../runtime/transport/cipher/cipher-listen.ts";
import { GateKeys, newGateKey, publicKeyText } from "../../../runtime/transport/cipher/gate-keys.ts";
import type { CipherClient, CipherServer, RecordCipher } from "../../../runtime/wire/cipher/cipher.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { runPython } from "./python.ts";
import { text } from "./raw-client.ts";
import { commands, pushes } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const decoder = new TextDecoder();
const echo = { ...commands.echo, request: raw, reply: raw };
const free = { ...commands.free, request: raw, reply: raw };
const said = { ...pushes.reliable, body: raw };

/** A key that the gate reads from an environment variable. */
function keyInEnvironment(name: string): { keyEnv: string; gateKey: string } {
  const { lines, publicKey } = newGateKey();
  process.env[name] = lines.split("\n")[2]!;
  onTestFinished(() => void delete process.env[name]);
  return { keyEnv: name, gateKey: publicKey };
}

async function encryptingGate(cipher: CipherListen, name = "gate-1"): Promise<Gate> {
  return world.gate({ name, listen: { cipher }, heartbeatMs: 1_000 });
}

function addressOf(gate: Gate, scheme: string): string {
  const { host, port } = gate.clientAddress!;
  return `${scheme}://${host}:${port}`;
}

async function encrypted(url: string, gateKey: string, suite?: "ChaChaPoly" | "AESGCM"): Promise<Connection> {
  const connection = await connect(url, { dial: cipher(dial, { gateKey, ...(suite && { suite }) }) });
  world.atEnd(() => connection.close());
  return connection;
}

/** A network on which all bytes of both directions are recorded. */
async function recordingProxy(gate: Gate): Promise<{ port: number; bytes: () => Buffer }> {
  const seen: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connectSocket(gate.clientAddress!.port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on("data", (bytes: Buffer) => {
        seen.push(bytes);
        to.write(bytes);
      });
      from.on("close", () => to.destroy());
      from.on("error", () => to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  world.atEnd(() => server.close());
  return { port: (server.address() as AddressInfo).port, bytes: () => Buffer.concat(seen) };
}

/** The smallest cipher that shows the interfaces; it protects nothing. */
function ownRecords(): RecordCipher {
  let sent = 0;
  let received = 0;
  return {
    overheadBytes: 1,
    seal(content, output) {
      output.append(Uint8Array.of(sent++ & 255));
      output.append(content.map((byte) => byte ^ 0x55));
    },
    open(sealed) {
      if (sealed[0] !== (received++ & 255)) throw new Error("out of turn");
      return Uint8Array.from(sealed.subarray(1), (byte) => byte ^ 0x55);
    },
  };
}

const ownServer: CipherServer = {
  id: 200,
  helloBytes: 4,
  accept: (_preamble, hello) => ({ answer: hello.slice(), records: ownRecords() }),
};

const ownClient: CipherClient = {
  id: 200,
  begin: () => ({ hello: Uint8Array.of(1, 2, 3, 4), answerBytes: 4, finish: () => ownRecords() }),
};

test.each([
  ["tcp", "ChaChaPoly"],
  ["tcp", "AESGCM"],
  ["ws", "ChaChaPoly"],
  ["ws", "AESGCM"],
] as const)(
  "an encrypted client over %s with %s asks, is told, and comes back when it was cut off",
  async (scheme, suite) => {
    const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
    const gate = await encryptingGate({ keyEnv });
    const node = await world.node("probe-1", {
      echo: (body) => body,
      free: (_, ctx) => {
        ctx.session.kick("come back", { code: "UNAVAILABLE", reconnect: true });
        return text("");
      },
    });
    const connection = await encrypted(addressOf(gate, scheme), gateKey, suite);
    const states: string[] = [];
    connection.onState((event) => states.push(event.state));
    const heard: string[] = [];
    connection.onPush(said, (body) => heard.push(decoder.decode(body)));
    const words = Array.from({ length: 100 }, (_, n) => text(`word ${n}`));
    expect(await Promise.all(words.map((word) => connection.request(echo, word)))).toEqual(words);
    node.everyone().pushBytes(said.id, text("one"));
    await eventually(() => heard.length === 1);
    await expect(connection.request(free, text(""))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await eventually(() => connection.state === "open" && states.includes("reconnecting"));
    expect(await connection.request(echo, words[0]!)).toEqual(words[0]);
    expect(gate.counters.get("connections.encrypted")).toBe(2);
  },
);

test.each(["tcp", "ws"])(
  "whoever records an encrypted connection over %s finds no body, and finds it in a plain one",
  async (scheme) => {
    const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
    const gate = await encryptingGate({ keyEnv, required: false });
    await world.node("probe-1", { echo: (body) => text(`${decoder.decode(body)}-answered`) });
    for (const isEncrypted of [true, false]) {
      const proxy = await recordingProxy(gate);
      const url = `${scheme}://127.0.0.1:${proxy.port}`;
      const connection = isEncrypted ? await encrypted(url, gateKey) : await connect(url);
      if (!isEncrypted) world.atEnd(() => connection.close());
      const answer = decoder.decode(await connection.request(echo, text("photinus-marker")));
      expect(answer).toBe("photinus-marker-answered");
      const seen = proxy.bytes();
      expect(seen.length).toBeGreaterThan(200);
      // A WebSocket client masks its bytes, so that only the answer shows.
      const markers = scheme === "tcp" ? ["photinus-marker", "marker-answered"] : ["marker-answered"];
      for (const marker of markers) expect(seen.includes(marker), marker).toBe(!isEncrypted);
    }
  },
);

test("a client with the key of another gate does not connect, and its error names the option", async () => {
  const { keyEnv } = keyInEnvironment("TEST_GATE_KEY");
  const gate = await encryptingGate({ keyEnv });
  for (const scheme of ["tcp", "ws"]) {
    await expect(encrypted(addressOf(gate, scheme), newGateKey().publicKey)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining("check that gateKey is the key of this gate"),
    });
  }
  expect(gate.counters.get("connections.refused.cipher-handshake")).toBe(2);
  expect(gate.status().sessions).toBe(0);
});

test("a client that encrypts does not connect to a gate without a cipher, nor a plain client to one that requires it", async () => {
  const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
  const plain = await world.gate({});
  await expect(encrypted(addressOf(plain, "tcp"), gateKey)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const gate = await encryptingGate({ keyEnv }, "gate-2");
  for (const scheme of ["tcp", "ws"]) {
    await expect(connect(addressOf(gate, scheme))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  }
  expect(gate.counters.get("connections.refused.cipher-plain")).toBe(2);
});

test("a client of the cipher that the gate does not have is refused", async () => {
  const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
  const gate = await encryptingGate({ keyEnv, suites: ["AESGCM"] });
  await expect(encrypted(addressOf(gate, "tcp"), gateKey, "ChaChaPoly")).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
  await encrypted(addressOf(gate, "tcp"), gateKey, "AESGCM");
  expect(gate.counters.get("connections.refused.cipher-unknown")).toBe(1);
});

test("a key file with two keys accepts clients of both, and one without the older only the newer", async () => {
  const [older, newer] = [newGateKey(), newGateKey()];
  const folder = mkdtempSync(join(tmpdir(), "photinus-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const both = join(folder, "both.key");
  const one = join(folder, "one.key");
  writeFileSync(both, older.lines + newer.lines);
  writeFileSync(one, newer.lines);
  const rotating = await encryptingGate({ keyFile: both });
  await encrypted(addressOf(rotating, "tcp"), older.publicKey);
  await encrypted(addressOf(rotating, "tcp"), newer.publicKey);
  const rotated = await encryptingGate({ keyFile: one }, "gate-2");
  await encrypted(addressOf(rotated, "tcp"), newer.publicKey);
  await expect(encrypted(addressOf(rotated, "tcp"), older.publicKey)).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
});

test("a key file that changes is read while clients play; a bad file changes nothing", async () => {
  const [first, second] = [newGateKey(), newGateKey()];
  const folder = mkdtempSync(join(tmpdir(), "photinus-keys-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keyFile = join(folder, "gate.key");
  writeFileSync(keyFile, first.lines);
  const clock = new FakeClock();
  const errors: string[] = [];
  const log = { ...silentLogger, error: (_: object, message: string) => errors.push(message) };
  const keys = new GateKeys({ keyFile }, clock, log as Logger);
  const publicKeysAfter = (ms: number, text: string) => {
    rmSync(keyFile, { force: true });
    if (text !== "") writeFileSync(keyFile, text);
    clock.advance(ms);
    return keys.current.map(publicKeyText);
  };
  expect(publicKeysAfter(999, first.lines + second.lines)).toEqual([first.publicKey]);
  expect(publicKeysAfter(1, first.lines + second.lines)).toEqual([first.publicKey, second.publicKey]);
  expect(publicKeysAfter(1_000, "no key at all")).toEqual([first.publicKey, second.publicKey]);
  expect(publicKeysAfter(1_000, "")).toEqual([first.publicKey, second.publicKey]);
  expect(publicKeysAfter(1_000, second.lines)).toEqual([second.publicKey]);
  expect(errors).toHaveLength(2);

  const gate = await encryptingGate({ keyFile });
  await world.node("probe-1", { echo: (body) => body });
  const connected = await encrypted(addressOf(gate, "tcp"), second.publicKey);
  writeFileSync(keyFile, first.lines);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  await encrypted(addressOf(gate, "tcp"), first.publicKey);
  await expect(encrypted(addressOf(gate, "tcp"), second.publicKey)).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
  expect(decoder.decode(await connected.request(echo, text("still here")))).toBe("still here");
});

test("a session is resumed over an encrypted connection that was cut within a record", async () => {
  const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
  const gate = await encryptingGate({ keyEnv });
  await world.node("probe-1", { echo: (body) => body });
  const cut: { now: boolean } = { now: false };
  const server = createServer((client) => {
    const upstream = connectSocket(gate.clientAddress!.port, "127.0.0.1");
    client.on("data", (bytes: Buffer) => {
      if (!cut.now) upstream.write(bytes);
      else {
        cut.now = false;
        upstream.end(bytes.subarray(0, -5));
        client.destroy();
      }
    });
    upstream.on("data", (bytes) => client.write(bytes));
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  world.atEnd(() => server.close());
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await encrypted(url, gateKey);
  expect(decoder.decode(await connection.request(echo, text("before")))).toBe("before");
  cut.now = true;
  expect(decoder.decode(await connection.request(echo, text("across the cut")))).toBe("across the cut");
  expect(gate.counters.get("connections.encrypted")).toBe(2);
  expect(gate.counters.get("connections.refused.cipher-record")).toBe(0);
});

test.each([
  ["no file", () => ({ keyFile: "/nowhere/gate.key" }), "cannot read the gate's key file /nowhere/gate.key"],
  ["no variable", () => ({ keyEnv: "NO_SUCH_GATE_KEY" }), "environment variable NO_SUCH_GATE_KEY has no key"],
  [
    "text that is no key",
    () => {
      process.env["TEST_GATE_KEY"] = "secret-but-wrong";
      return { keyEnv: "TEST_GATE_KEY" };
    },
    "key 1 of environment variable TEST_GATE_KEY is unusable",
  ],
])("a gate with %s for its key does not open, and the error holds no secret", async (_, given, said) => {
  onTestFinished(() => void delete process.env["TEST_GATE_KEY"]);
  const opening = encryptingGate(given());
  await expect(opening).rejects.toMatchObject({
    code: "FAILED_PRECONDITION",
    reason: expect.stringContaining(said),
  });
  await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining("secret-but-wrong") });
});

test("a game's own cipher takes the place of the supplied ones, at the gate and in the client", async () => {
  const gate = await encryptingGate({ own: [ownServer] });
  await world.node("probe-1", { echo: (body) => body });
  for (const scheme of ["tcp", "ws"]) {
    const connection = await connect(addressOf(gate, scheme), { dial: cipher(dial, ownClient) });
    world.atEnd(() => connection.close());
    expect(decoder.decode(await connection.request(echo, text("by our own")))).toBe("by our own");
  }
  expect(gate.counters.get("connections.encrypted")).toBe(2);
  await expect(
    connect(addressOf(gate, "tcp"), { dial: cipher(dial, { ...ownClient, id: 201 }) }),
  ).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("a client that a stranger wrote from the protocol's page opens a session, and its repeated record ends the connection", async () => {
  const { keyEnv, gateKey } = keyInEnvironment("TEST_GATE_KEY");
  const gate = await encryptingGate({ keyEnv });
  await world.node("probe-1", { echo: (body) => body });
  const { host, port } = gate.clientAddress!;
  const got = await runPython("cipher_client.py", [host, String(port), gateKey, "20"], ["hashlib"]);
  const replies = Array.from({ length: 20 }, (_, n) => `body ${n + 1}`);
  expect(got).toEqual({ replies, ended: true, unread: 0 });
  expect(gate.counters.get("connections.refused.cipher-record")).toBe(1);
});

test("a gate does not open whose frames begin as encrypted connections do", async () => {
  const { keyEnv } = keyInEnvironment("TEST_GATE_KEY");
  const frame = { head: [0xf5, 0x50, 0x68, 0x6f] as const };
  await expect(world.gate({ listen: { cipher: { keyEnv } }, frame })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    reason: expect.stringContaining("these bytes begin an encrypted connection"),
  });
});
