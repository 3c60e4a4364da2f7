import { describe, expect, test } from "vitest";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { sampleProtocol } from "./protocol-sample.ts";

const tls = { certFile: "{name}.pem", keyFile: "{name}.key", caFile: "ca.pem" };
const keys = [{ env: "LINK_KEY" }];

function resolve(links: unknown, host = "0.0.0.0", nodes: readonly object[] = []) {
  const gate = { name: "gate-1", listen: { port: 7000 }, links: { host, port: 7001 } };
  const module = () => [];
  const topology = {
    protocol: sampleProtocol(["scene"]),
    gates: [gate],
    nodes: [{ role: "scene", module }, ...nodes],
    ...(links === undefined ? {} : { links }),
  };
  return resolveTopology(topology, { source: "photinus.config.ts", directory: "/game" });
}

async function refusal(running: Promise<unknown>): Promise<string[]> {
  try {
    await running;
  } catch (error) {
    if (isPhotinusError(error)) return error.reason.split("\n");
    throw error;
  }
  return [];
}

/** Codes of the problems that refuse a topology. */
async function codes(links: unknown, host?: string): Promise<string[]> {
  return (await refusal(resolve(links, host))).map((line) => /\[([\w-]+)\]$/.exec(line)?.[1] ?? line);
}

describe("a link port beyond this machine", () => {
  test("opens only with keys or client certificates, and only in TLS or by explicit word", async () => {
    for (const host of ["0.0.0.0", "::", "10.0.0.7", "links.example"]) {
      expect(await codes(undefined, host)).toEqual(["links-open", "links-plaintext"]);
      expect(await codes({ plaintext: true }, host)).toEqual(["links-open", "links-readable"]);
      expect(await codes({ tls }, host)).toEqual(["links-open"]);
      expect(await codes({ keys }, host)).toEqual(["links-plaintext"]);
      expect(await codes({ keys, plaintext: true }, host)).toEqual([]);
      expect(await codes({ keys, tls }, host)).toEqual([]);
      expect(await codes({ tls: { ...tls, clientCertificates: true } }, host)).toEqual([]);
    }
  });

  test("is refused with what to write", async () => {
    expect(await refusal(resolve(undefined))).toEqual([
      "photinus.config.ts: gates[0].links.host: other machines can link to the gate on 0.0.0.0, and nothing proves who they are; " +
        'add links: { keys: [{ env: "LINK_KEY" }] } with a key of openssl rand -base64 32, or use "127.0.0.1" [links-open]',
      "photinus.config.ts: gates[0].links.host: links on 0.0.0.0 are not encrypted; add links.tls with certificates, or " +
        "links.plaintext: true for a network that only your own servers reach [links-plaintext]",
    ]);
  });

  test("without TLS warns at each start", async () => {
    const { warnings } = await resolve({ keys, plaintext: true });
    expect(warnings).toEqual([expect.stringContaining("[links-readable]")]);
  });
});

describe("links on this machine", () => {
  test("need nothing; one supervisor gives its processes a random key, unless nodes come from elsewhere", async () => {
    expect((await resolve(undefined, "127.0.0.1")).links).toMatchObject({ keys: [], ownKey: true });
    const external = [{ role: "pythons", external: true }];
    expect((await resolve(undefined, "127.0.0.1", external)).links).toMatchObject({ ownKey: false });
    expect((await resolve({ keys }, "127.0.0.1")).links).toMatchObject({ keys, ownKey: false });
  });
});

describe("links of a topology", () => {
  test("know each name and role that the topology gives, external nodes included", async () => {
    const nodes = [
      { role: "pythons", name: "python", instances: 2, external: true },
      { role: "chat", name: "chat-desk", external: true },
    ];
    expect((await resolve(undefined, "127.0.0.1", nodes)).links.peers).toEqual({
      nodes: [
        { role: "scene", name: "scene", numbered: true },
        { role: "pythons", name: "python", numbered: true },
        { role: "chat", name: "chat-desk", numbered: false },
      ],
      gates: ["gate-1"],
    });
  });

  test("have absolute paths", async () => {
    const { links } = await resolve({ keys: [{ file: "keys/link.key" }, ...keys], tls });
    expect(links.keys).toEqual([{ file: "/game/keys/link.key" }, { env: "LINK_KEY" }]);
    expect(links.tls).toMatchObject({
      certFile: "/game/{name}.pem",
      keyFile: "/game/{name}.key",
      caFile: "/game/ca.pem",
    });
  });

  test.each([
    [{ keys: [{}] }, 'links.keys[0]: neither env nor file; expected { env: "NAME" } or { file: "PATH" }'],
    [{ keys: [{ env: "A", file: "b" }] }, "links.keys[0]: both env and file"],
    [{ keys: [{ env: "a secret key of many words" }] }, "expected the name of an environment variable"],
    [{ keys: ["secret"] }, "links.keys[0]"],
    [{ keys: [] }, "links.keys: the list is empty"],
    [{ tls: { certFile: "a", keyFile: "b" } }, "links.tls: neither caFile nor pins"],
    [{ tls: { certFile: "a", keyFile: "b", pins: ["x"] } }, "SHA-256 fingerprint"],
    [
      { tls: { certFile: "a", keyFile: "b", pins: ["0".repeat(64)], clientCertificates: true } },
      "links.tls: clientCertificates without caFile",
    ],
    [{ plaintext: "yes" }, "links.plaintext"],
  ])("refuse %j", async (links, expected) => {
    expect((await refusal(resolve(links, "127.0.0.1"))).join("\n")).toContain(expected);
  });
});
