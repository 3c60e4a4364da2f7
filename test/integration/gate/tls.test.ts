import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { setDefaultCACertificates } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { Dial } from "../../../clients/typescript/src/channel/dial.ts";
import { connect, dial, dialWith } from "../../../clients/typescript/src/node/index.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { certificateFolder } from "../../setup/certificates.ts";
import { Lines } from "../../setup/lines.ts";
import { header, v4 } from "../../unit/transport/proxy/proxy-bytes.ts";
import { RawClient } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

/** Certificates of a gate; a client that dials with `dial` trusts them. */
function certificates() {
  const files = certificateFolder();
  const server = files.certificate("server");
  const ca = readFileSync(files.authority().certFile, "utf8");
  return { files, server, ca, dial: dialWith({ ca }) };
}

const urlOf = (gate: Gate, scheme: string) => `${scheme}://localhost:${gate.clientAddress!.port}`;
const dialled = (gate: Gate, by: Dial, scheme = "tls") =>
  by(urlOf(gate, scheme), { clock: systemClock, signal: AbortSignal.timeout(5_000) });

async function clientOf(gate: Gate, by: Dial, scheme?: string): Promise<RawClient> {
  const client = new RawClient(await dialled(gate, by, scheme));
  world.atEnd(() => client.transport.destroy());
  return client.open();
}

async function echo(client: RawClient, byte: number): Promise<unknown> {
  const answer = await client.request(commands.echo.id, Uint8Array.of(byte));
  return answer instanceof Uint8Array ? answer[0] : answer;
}

test("clients of a gate with TLS come by tls:// and wss://; plain ones are refused", async () => {
  const { server, ca, dial: trusting } = certificates();
  const gate = await world.gate({ listen: { tls: { certificates: [server] } } });
  await world.node("probe-1", { echo: (body) => body });
  setDefaultCACertificates([ca]);
  onTestFinished(() => setDefaultCACertificates([]));
  for (const [by, scheme] of [
    [trusting, "tls"],
    [dial, "tls"],
    [dial, "wss"],
  ] as const) {
    const client = await clientOf(gate, by, scheme);
    expect(await echo(client, 7)).toBe(7);
  }
  for (const scheme of ["tls", "wss"]) {
    await using connection = await connect(urlOf(gate, scheme), { reconnect: false });
    expect(connection.state).toBe("open");
  }
  await expect(connect(urlOf(gate, "ws"), { reconnect: false })).rejects.toThrow("UNAVAILABLE");
  await expect(connect(urlOf(gate, "tcp"), { reconnect: false })).rejects.toThrow("UNAVAILABLE");
  expect(gate.counters.get("connections.refused.plain-http")).toBe(1);
  expect(gate.counters.get("connections.refused.plain")).toBe(1);
  const pinned = dialWith({ pins: ["0".repeat(64)] });
  await expect(dialled(gate, pinned)).rejects.toThrow("PERMISSION_DENIED");
});

test("a certificate is changed under load, and no session and no request is lost", async () => {
  const { files, server, dial: trusting } = certificates();
  const gate = await world.gate({ listen: { tls: { certificates: [server], reloadMs: 100 } } });
  await world.node("probe-1", { echo: (body) => body });
  const clients = await Promise.all(Array.from({ length: 8 }, () => clientOf(gate, trusting)));
  let answers = 0;
  let isOver = false;
  const loads = clients.map(async (client) => {
    while (!isOver) {
      expect(await echo(client, 1)).toBe(1);
      answers++;
    }
  });
  for (let change = 1; change <= 3; change++) {
    files.certificate("server");
    await eventually(() => gate.counters.get("tls.reloaded") >= change);
    await clientOf(gate, trusting);
    const before = answers;
    await eventually(() => answers > before + 100);
  }
  isOver = true;
  await Promise.all(loads);
  expect(gate.counters.get("tls.reloaded")).toBe(3);
  expect(gate.status().sessions).toBe(11);
  expect(clients.some((client) => client.transport.closed)).toBe(false);
});

test("a gate with a bad certificate does not open, and says which file is wrong", async () => {
  const { files, server } = certificates();
  const keyFile = files.write("bad.key", "no key");
  const bad = world.gate({ listen: { tls: { certificates: [{ ...server, keyFile }] } } });
  await expect(bad).rejects.toThrow(`FAILED_PRECONDITION: TLS key ${keyFile}: not a PEM file`);
});

test("nodes, logs and limits have the address that a proxy names; other addresses are refused", async () => {
  const log = new Lines();
  const limits = { connectionsPerAddress: 2 };
  const gate = await world.gate({
    log,
    limits,
    listen: { proxy: "v2", trustedProxies: ["127.0.0.1"] },
  });
  const seen: string[] = [];
  await world.node("probe-1", {
    login: (body, { session }) => {
      seen.push(session.remote);
      return body;
    },
  });
  const by = async (bytes: Uint8Array): Promise<RawClient> => {
    const transport = await dialled(gate, dial, "tcp");
    transport.output.append(bytes);
    const client = new RawClient(transport);
    world.atEnd(() => client.transport.destroy());
    return client.open();
  };
  const from = (address: string) => by(header({ body: v4(address, 4_711) }));
  const [first] = [await from("203.0.113.7"), await from("203.0.113.7"), await from("203.0.113.8")];
  await first.request(commands.login.id, Uint8Array.of(1));
  expect(seen).toEqual(["203.0.113.7:4711"]);
  await (await from("203.0.113.7")).closed;
  expect(gate.counters.get("client.refused.address")).toBe(1);
  expect(log.of("refused").at(-1)).toMatchObject({
    what: "client.refused.address",
    remote: "203.0.113.7:4711",
  });
  await (await by(new Uint8Array(0))).closed;
  expect(gate.counters.get("connections.refused.proxy-signature")).toBe(1);
  expect(gate.status().connections).toBe(3);

  const other = await world.gate({ listen: { proxy: "v2", trustedProxies: ["203.0.113.1"] } });
  const { host, port } = other.clientAddress!;
  const socket = connectTcp(port, host);
  socket.on("error", () => {});
  await once(socket, "close");
  expect(other.counters.get("connections.refused.proxy-untrusted")).toBe(1);
});

test("TLS handshake and Hello share one time limit", async () => {
  const { server, dial: trusting } = certificates();
  const clock = new FakeClock({ wall: Date.now() });
  const gate = await world.gate({
    clock,
    listen: { tls: { certificates: [server] } },
    limits: { handshakeMs: 1_000 },
  });
  const transport = await dialled(gate, trusting);
  const client = new RawClient(transport);
  clock.advance(600);
  transport.output.append(Uint8Array.of(0, 0, 0, 0)); // a first byte, but no Hello
  transport.flushNow();
  await eventually(() => gate.status().connections === 1 && transport.bufferedBytes === 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  clock.advance(500);
  await client.closed;
  expect(gate.counters.get("client.closed.handshake")).toBe(1);
});
