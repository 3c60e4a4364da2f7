import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import type { ListenTopology } from "../../../runtime/process/topology/topology.ts";
import { sampleProtocol } from "./protocol-sample.ts";

const directory = resolve("/games/duel");

function resolved(listen: object) {
  const topology = { protocol: sampleProtocol([]), gates: [{ name: "gate-1", listen }], nodes: [] };
  return resolveTopology(topology, { source: "photinus.config.ts", directory });
}

test("files of certificates are relative to the topology file; other options of the port reach the gate", async () => {
  const listen: ListenTopology = {
    port: 443,
    host: "::",
    tls: {
      certificates: [{ certFile: "tls/play.pem", keyFile: "/run/secrets/play.key" }],
      minVersion: "TLSv1.3",
      handshakeCount: 64,
    },
    proxy: "v2",
    forwarded: "x-forwarded-for",
    trustedProxies: ["10.0.0.0/24"],
  };
  const { gates } = await resolved(listen);
  const certificates = [
    { certFile: join(directory, "tls/play.pem"), keyFile: resolve("/run/secrets/play.key") },
  ];
  expect(gates[0]!.listen).toEqual({ ...listen, tls: { ...listen.tls, certificates } });
});

test.each<[string, object, string]>([
  ["no certificate", { tls: { certificates: [] } }, "tls.certificates"],
  [
    "a certificate without its key",
    { tls: { certificates: [{ certFile: "a.pem" }] } },
    '"keyFile" is missing',
  ],
  [
    "an old version of TLS",
    { tls: { certificates: [{ certFile: "a", keyFile: "b" }], minVersion: "TLSv1" } },
    "TLSv1.2",
  ],
  ["proxies without their addresses", { proxy: "v2" }, '"trustedProxies" is missing'],
  ["addresses without use", { trustedProxies: ["10.0.0.1"] }, 'neither "proxy" nor "forwarded"'],
  ["a range of all addresses", { proxy: "v2", trustedProxies: ["0.0.0.0/0"] }, "trustedProxies[0]"],
  ["another version of the protocol", { proxy: "v1", trustedProxies: ["10.0.0.1"] }, "listen.proxy"],
])("%s is reported with its place", async (_, listen, expected) => {
  await expect(resolved({ port: 443, ...listen })).rejects.toThrow(expected);
});
