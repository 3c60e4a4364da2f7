import { copyFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { startInProcess } from "../../../runtime/process/hosting/in-process.ts";
import { isCertificateFor } from "../../../runtime/rpc/trust/certificate-name.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { ClientCredentials } from "../../../runtime/transport/tls/client-credentials.ts";
import { ServerCredentials } from "../../../runtime/transport/tls/server-credentials.ts";
import type { ClientTlsOptions, ServerTlsOptions } from "../../../runtime/transport/tls/tls-options.ts";
import type { CertificateFolder } from "../../setup/certificate-folder.ts";
import { certificateFolder } from "../../setup/certificates.ts";
import { Lines } from "../../setup/lines.ts";
import { commands, protocol, serve } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const echo = { echo: (body: Uint8Array) => body };
const guests = { limits: { guestRate: false } } as const;

async function server(options: ServerTlsOptions): Promise<ServerCredentials> {
  const credentials = await ServerCredentials.open(options);
  world.atEnd(() => credentials.close());
  return credentials;
}

async function client(options: ClientTlsOptions): Promise<ClientCredentials> {
  const credentials = await ClientCredentials.open(options);
  world.atEnd(() => credentials.close());
  return credentials;
}

/** Credentials of a process whose name is in its certificate. */
async function mutual(folder: CertificateFolder, name: string, names = [`DNS:${name}`, "IP:127.0.0.1"]) {
  const files = folder.certificate(name, { names });
  const caFile = folder.authority().certFile;
  return {
    serverTls: await server({ certificates: [files], clientCaFile: caFile }),
    tls: await client({ caFile, certificate: files }),
  };
}

/** A port in front of another one that keeps all bytes of both directions. */
async function tap(port: number) {
  const heard: Buffer[] = [];
  const listening = createServer((socket) => {
    const other = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("data", (chunk) => {
        heard.push(chunk);
        to.write(chunk);
      });
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  world.atEnd(() => void listening.close());
  const address = listening.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, text: () => Buffer.concat(heard).toString("latin1") };
}

test("links run in TLS: who taps them reads neither names nor bodies, and the key proves the peer inside", async () => {
  const folder = certificateFolder();
  const keys = LinkKeys.of(LinkKeys.random());
  const certificates = [folder.certificate("gate")];
  const tls = await client({ caFile: folder.authority().certFile });
  const linkTrust = { keys, tls, serverTls: await server({ certificates }) };
  const gate = await world.gate({ linkTrust });
  const tapped = await tap(gate.linkAddress!.port);
  const gates = [{ host: "127.0.0.1", port: tapped.port }];
  await world.node("probe-1", echo, {}, { gates, linkTrust: { keys, tls } });
  const player = await world.client(gate);
  expect(await player.ask(commands.echo.id, "hello world")).toBe("hello world");
  expect(tapped.text().length).toBeGreaterThan(500);
  for (const secret of ["probe", "gate-1", "hello world", "0123456789abcdef"]) {
    expect(tapped.text().includes(secret), secret).toBe(false);
  }
  // Gates link to each other in the same way.
  await world.gate({ linkTrust });
  await eventually(() => world.gates.every((one) => one.status().gates.every(({ linked }) => linked)));
});

test("a node refuses a gate without TLS, of another authority, for another host or without the pinned certificate", async () => {
  const folder = certificateFolder();
  const plain = await world.gate();
  const files = folder.certificate("gate");
  const secure = await world.gate({ linkTrust: { serverTls: await server({ certificates: [files] }) } });
  const caFile = folder.authority().certFile;
  const cases: readonly (readonly [typeof plain, ClientTlsOptions, string])[] = [
    [plain, { caFile }, "cannot connect"],
    [secure, { caFile: folder.authority("other").certFile }, "certificate is not accepted"],
    [secure, { caFile, serverName: "gates.example" }, "certificate is not accepted"],
    [secure, { pins: ["0".repeat(64)] }, "matches none of the pinned"],
  ];
  for (const [gate, options, why] of cases) {
    const log = new Lines();
    const gates = [gate.linkAddress!];
    void world.node("probe-1", echo, {}, { gates, log, linkTrust: { tls: await client(options) } });
    await eventually(() => log.of("link down; reconnecting").length > 0);
    expect(log.of("link down; reconnecting")[0]).toMatchObject({ why: expect.stringContaining(why) });
  }
  expect([...plain.status().nodes, ...secure.status().nodes]).toEqual([]);
  const pins = (await server({ certificates: [files] })).fingerprints;
  await world.node(
    "probe-2",
    echo,
    {},
    { gates: [secure.linkAddress!], linkTrust: { tls: await client({ pins }) } },
  );
});

test("a client certificate proves its own name and no other", async () => {
  const folder = certificateFolder();
  const gate = await world.gate({ linkTrust: await mutual(folder, "gate-1") });
  const { tls } = await mutual(folder, "probe-1");
  await world.node("probe-1", echo, {}, { linkTrust: { tls } });
  await world.gate({ linkTrust: await mutual(folder, "gate-2") });
  await eventually(() => world.gates.every((one) => one.status().gates.every(({ linked }) => linked)));

  const cases = [
    ["probe-2", { tls }],
    ["probe-3", { tls: await client({ caFile: folder.authority().certFile }) }],
    ["probe-4", {}],
    [
      "probe-5",
      {
        tls: await client({
          caFile: folder.authority().certFile,
          certificate: folder.certificate("probe-5", { names: ["DNS:probe-5"], authority: "other" }),
        }),
      },
    ],
  ] as const;
  for (const [name, linkTrust] of cases) {
    const log = new Lines();
    void world.node(name, echo, {}, { gates: [gate.linkAddress!], log, linkTrust });
    await eventually(() => log.lines.some(({ level }) => level !== "info"));
  }
  expect(gate.status().nodes.map(({ name }) => name)).toEqual(["probe-1"]);
  expect(gate.counters.get("links.refused.proof")).toBeGreaterThan(0);
});

test("the name of a certificate is a DNS name or its first label; the common name counts only without DNS names", async () => {
  const certificate = (subjectAltName: string | undefined, subject = "CN=scene-1") =>
    ({ subjectAltName, subject }) as Parameters<typeof isCertificateFor>[0];
  const accepted = [
    certificate("DNS:scene-1"),
    certificate("IP Address:10.0.0.1, DNS:scene-1.nodes.example", "CN=x"),
    certificate(undefined),
    certificate("IP Address:10.0.0.1"),
    certificate(undefined, "O=game\nCN=scene-1.nodes.example"),
  ];
  const refused = [
    certificate("DNS:scene-10"),
    certificate("DNS:other.scene-1"),
    certificate("DNS:*"),
    certificate("DNS:*.example"),
    certificate('DNS:"scene-1, DNS:x"'),
    certificate("URI:scene-1", "CN=scene-2"),
    certificate(undefined, "O=CN=scene-1"),
    certificate(undefined, "CN=scene-2"),
  ];
  for (const one of accepted) expect(isCertificateFor(one, "scene-1"), JSON.stringify(one)).toBe(true);
  for (const one of refused) expect(isCertificateFor(one, "scene-1"), JSON.stringify(one)).toBe(false);
});

test("certificates and keys are replaced under load without a lost link, session or request", async () => {
  const folder = certificateFolder();
  const [former, newer] = [LinkKeys.random(), LinkKeys.random()];
  const [gateKey, nodeKey] = [folder.write("gate.link", former), folder.write("node.link", former)];
  const keys = { gate: LinkKeys.read([{ file: gateKey }]), node: LinkKeys.read([{ file: nodeKey }]) };
  const names = (name: string) => ({ names: [`DNS:${name}`, "IP:127.0.0.1"] });
  const [gateFiles, nodeFiles] = ["gate-1", "probe-1"].map((name) => folder.certificate(name, names(name)));
  const caFile = folder.authority().certFile;
  const serverTls = await server({ certificates: [gateFiles!], clientCaFile: caFile });
  const gateTls = await client({ caFile, certificate: gateFiles! });
  const nodeTls = await client({ caFile, certificate: nodeFiles! });
  const log = new Lines();
  const gate = await world.gate({ ...guests, log, linkTrust: { keys: keys.gate, tls: gateTls, serverTls } });
  await world.node("probe-1", echo, {}, { log, linkTrust: { keys: keys.node, tls: nodeTls } });
  const player = await world.client(gate);
  let running = true;
  let answered = 0;
  const load = (async () => {
    for (; running; answered++) expect(await player.ask(commands.echo.id, "load")).toBe("load");
  })();

  const [fingerprint] = serverTls.fingerprints;
  const later = ["gate-1b", "probe-1b"].map((name) => folder.certificate(name, names(name.slice(0, -1))));
  for (const [from, to] of [
    [later[0]!, gateFiles!],
    [later[1]!, nodeFiles!],
  ] as const) {
    copyFileSync(from.certFile, to.certFile);
    copyFileSync(from.keyFile, to.keyFile);
  }
  await Promise.all([serverTls.check(), nodeTls.check(), gateTls.check()]);
  expect(serverTls.fingerprints[0]).not.toBe(fingerprint);
  for (const [file, one] of [
    [gateKey, keys.gate],
    [nodeKey, keys.node],
  ] as const) {
    folder.write(file.slice(folder.path.length + 1), `${newer}\n${former}`);
    expect(one.reload()).toBe(true);
  }
  for (const [file, one] of [
    [gateKey, keys.gate],
    [nodeKey, keys.node],
  ] as const) {
    folder.write(file.slice(folder.path.length + 1), newer);
    expect(one.reload()).toBe(true);
  }
  const own = await client({ caFile, certificate: folder.certificate("probe-2", names("probe-2")) });
  await world.node("probe-2", echo, {}, { linkTrust: { keys: LinkKeys.of(newer), tls: own } });
  const before = answered;
  await eventually(() => answered > before + 20);

  running = false;
  await load;
  expect(player.kicked).toBeUndefined();
  expect(log.lines.filter(({ level }) => level !== "info")).toEqual([]);
});

test("a topology gives each process its own certificate, and opens link ports to other machines with it alone", async () => {
  const folder = certificateFolder();
  for (const name of ["gate-1", "gate-2", "probe-1"]) {
    folder.certificate(name, { names: [`DNS:${name}`, "IP:127.0.0.1"] });
  }
  const game = await startInProcess(
    {
      protocol: { ...protocol, commands: [commands.echo], methods: [] },
      gates: ["gate-1", "gate-2"].map((name) => ({ name, listen: { port: 0 }, links: { host: "0.0.0.0" } })),
      nodes: [{ role: "probe", module: () => [serve("probe", echo)] }],
      links: {
        tls: { certFile: "{name}.pem", keyFile: "{name}.key", caFile: "ca.pem", clientCertificates: true },
      },
    },
    { directory: folder.path },
  );
  world.atEnd(() => game.close({ graceMs: 0 }));
  for (const gate of game.gates.values()) {
    await eventually(() => gate.status().gates.every(({ linked }) => linked));
    expect(gate.status().nodes.map(({ name, state }) => [name, state])).toEqual([["probe-1", "ready"]]);
  }
  const player = await world.client(game.gates.get("gate-2"));
  expect(await player.ask(commands.echo.id, "hello")).toBe("hello");
});
