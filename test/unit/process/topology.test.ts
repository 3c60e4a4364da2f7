import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { findTopology, loadTopology } from "../../../runtime/process/topology/load-topology.ts";
import { resolveTopology } from "../../../runtime/process/topology/resolve-topology.ts";
import { isPhotinusError } from "../../../schema/errors.ts";
import { sampleProtocol } from "./protocol-sample.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-topology-"));
  writeFileSync(join(folder, "scene.ts"), "export default [];\n");
  const protocol = JSON.stringify(sampleProtocol(["scene", "login"]));
  writeFileSync(join(folder, "protocol.ts"), `export const protocol = ${protocol};\n`);
  writeFileSync(join(folder, "empty.ts"), "export {};\n");
  writeFileSync(join(folder, "broken.ts"), 'throw new Error("no such planet");\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => void vi.unstubAllEnvs());

const scene = { role: "scene", module: "scene.ts" };
const gate = { name: "gate-1", listen: { port: 7000 } };

function topology(changes: object = {}) {
  return { protocol: sampleProtocol(["scene"]), gates: [gate], nodes: [scene], ...changes };
}

function resolved(value: unknown) {
  return resolveTopology(value, { source: "photinus.config.ts", directory: folder });
}

/** The lines that refuse a value. */
async function refusal(running: Promise<unknown>): Promise<string[]> {
  try {
    await running;
  } catch (error) {
    if (isPhotinusError(error)) return error.reason.replaceAll(folder, "DIR").split("\n");
    throw error;
  }
  throw new Error("it was not refused");
}

async function refusedJson(text: string): Promise<string[]> {
  const file = join(folder, "photinus.config.json");
  writeFileSync(file, text);
  return refusal(loadTopology(file));
}

describe("a good topology", () => {
  test("gets its defaults", async () => {
    const { gates, nodes, log, graceMs, warnings } = await resolved(topology());
    expect(gates[0]).toMatchObject({
      listen: { host: "127.0.0.1", port: 7000 },
      links: { host: "127.0.0.1", port: 0, advertise: "127.0.0.1" },
      classic: true,
      session: true,
    });
    expect(nodes.map((node) => node.name)).toEqual(["scene-1"]);
    expect({ log, graceMs, warnings }).toEqual({
      log: { level: "info", file: undefined },
      graceMs: 10_000,
      warnings: [],
    });
  });

  test("has a health address on this machine alone, when it asks for one", async () => {
    expect((await resolved(topology())).health).toBeUndefined();
    const { health } = await resolved(topology({ health: { port: 7780 } }));
    expect(health).toEqual({ host: "127.0.0.1", port: 7780 });
    expect(await refusal(resolved(topology({ health: { prot: 1 } })))).toEqual([
      'photinus.config.ts: health: "port" is missing; add it [missing-option]',
      'photinus.config.ts: health.prot: unknown option "prot"; did you mean "port"? [unknown-option]',
    ]);
  });

  test("names its instances after the role, or after the name that a node has", async () => {
    const nodes = [
      { ...scene, instances: 2 },
      { ...scene, name: "arena", instances: 2 },
      { ...scene, name: "lobby" },
    ];
    const result = await resolved(topology({ nodes }));
    expect(result.nodes.map((node) => node.name)).toEqual([
      "scene-1",
      "scene-2",
      "arena-1",
      "arena-2",
      "lobby",
    ]);
  });

  test("may hold node modules as values", async () => {
    const module = () => [];
    const result = await resolved(topology({ nodes: [{ role: "scene", module }] }));
    expect(result.nodes[0]?.module).toBe(module);
  });

  test("has its gates wait for all instances of its roles, those that something else starts included", async () => {
    const nodes = [
      { ...scene, instances: 2 },
      { ...scene, name: "lobby" },
      { role: "chat", external: true },
    ];
    const patient = { ...gate, name: "patient", listen: { port: 7701 }, readyWaitMs: 0 };
    const result = await resolved(topology({ gates: [gate, patient], nodes }));
    expect(result.gates.map(({ readyWaitMs }) => readyWaitMs)).toEqual([8_000, 0]);
    for (const { readyNodes } of result.gates) expect(readyNodes).toEqual({ scene: 3, chat: 1 });
  });

  test("may leave a role to a node that something else starts", async () => {
    const result = await resolved(topology({ nodes: [{ role: "scene", external: true }] }));
    expect(result.nodes).toEqual([]);
  });

  test("tells nodes to dial this machine when links listen on every network", async () => {
    const gates = [{ ...gate, links: { host: "0.0.0.0" } }];
    const links = { keys: [{ env: "LINK_KEY" }], plaintext: true };
    expect((await resolved(topology({ gates, links }))).gates[0]?.links.advertise).toBe("127.0.0.1");
  });

  test("warns of a node whose role nobody calls", async () => {
    const result = await resolved(topology({ nodes: [scene, { role: "scnee", module: "scene.ts" }] }));
    expect(result.warnings).toEqual([
      'photinus.config.ts: nodes[1].role: no service of the schema has the role "scnee"; correct the role, or remove the node [role-unused]',
    ]);
  });

  test("keeps tables in a file beside it, or in the one it names", async () => {
    vi.stubEnv("MYSQL_URL", "");
    vi.stubEnv("REDIS_URL", "");
    const file = join(folder, ".photinus", "photinus.config.sqlite");
    expect((await resolved(topology())).data).toEqual({ kind: "embedded", file, synchronous: "normal" });
    const data = { embedded: { file: "game.db", synchronous: "full" } };
    const named = { kind: "embedded", file: join(folder, "game.db"), synchronous: "full" };
    expect((await resolved(topology({ data }))).data).toEqual(named);
  });

  test("takes MySQL and Redis when they are configured, and never something else instead", async () => {
    vi.stubEnv("MYSQL_URL", "mysql://127.0.0.1/game");
    vi.stubEnv("REDIS_URL", "");
    expect((await resolved(topology())).data).toMatchObject({ kind: "cached", because: "MYSQL_URL" });
    const redis = { url: "redis://127.0.0.1" };
    const data = (await resolved(topology({ data: { redis } }))).data;
    expect(data).toMatchObject({ kind: "cached", because: "data.mysql or data.redis", redisUrl: redis.url });
    expect(data).toMatchObject({ options: {} });
    vi.stubEnv("REDIS_URL", redis.url);
    const bold = (await resolved(topology({ data: { redis: { allowEviction: true } } }))).data;
    expect(bold).toMatchObject({ kind: "cached", redisUrl: redis.url, options: { allowEviction: true } });
    expect((await resolved(topology({ data: { embedded: {} } }))).data.kind).toBe("embedded");
  });

  test("refuses two stores at once, and shows no password of a URL", async () => {
    const both = topology({ data: { embedded: {}, redis: { url: "redis://127.0.0.1" } } });
    await expect(resolved(both)).rejects.toThrow(
      "data: two stores are configured for tables; keep either embedded, or mysql and redis [two-stores]",
    );
    const broken = resolved(topology({ data: { mysql: { url: "secret at home" } } }));
    await expect(broken).rejects.toThrow(/data\.mysql\.url: invalid URL/);
    await expect(broken).rejects.not.toThrow(/secret/);
  });

  test("is loaded from JSON, with a protocol named by path", async () => {
    const file = join(folder, "good.json");
    const login = { role: "login", module: "scene.ts" };
    writeFileSync(file, JSON.stringify({ protocol: "protocol.ts", gates: [gate], nodes: [scene, login] }));
    expect((await loadTopology(file)).nodes.map((node) => node.name)).toEqual(["scene-1", "login-1"]);
  });

  test("is loaded from the default export of a module", async () => {
    const file = join(folder, "photinus.config.ts");
    writeFileSync(file, `export default ${JSON.stringify(topology())};\n`);
    expect((await loadTopology(file)).source).toBe(file);
    expect(findTopology(undefined, folder)).toBe(file);
  });
});

describe("a bad topology is refused, with every problem at once", () => {
  test("places in JSON have line and column", async () => {
    const text = `{
  "protocol": "protocol.ts",
  "gates": [
    { "name": "gate 1", "listen": { "port": 70000, "hst": "::" }, "netport": 1, "frame": { "layout": "wid" } }
  ],
  "nodes": [
    { "role": "scene", "module": "scen.ts", "instances": 0 },
    { "role": "scene" }
  ]
}`;
    expect(await refusedJson(text)).toEqual([
      'DIR/photinus.config.json:4:7: gates[0].name: "gate 1" is not a name; expected a letter and then up to 62 letters, digits, _ or - [bad-name]',
      "DIR/photinus.config.json:4:37: gates[0].listen.port: 70000 is not a port; expected a number from 1 to 65535, or 0 to let the system choose [bad-port]",
      'DIR/photinus.config.json:4:52: gates[0].listen.hst: unknown option "hst"; did you mean "host"? [unknown-option]',
      'DIR/photinus.config.json:4:92: gates[0].frame.layout: found "wid"; expected one of "standard", "wide" (did you mean "wide"?) [wrong-kind]',
      'DIR/photinus.config.json:4:67: gates[0].netport: "netport" is not an option here; use "listen.port" [renamed-option]',
      "DIR/photinus.config.json:7:45: nodes[0].instances: found 0; expected a whole number of instances from 1 to 1000 [out-of-range]",
      'DIR/photinus.config.json:8:5: nodes[1]: "module" is missing; add it, or set external: true [missing-option]',
    ]);
  });

  test("a limit of a gate by its former name", async () => {
    const text = `{
  "protocol": "protocol.ts",
  "gates": [{ "name": "gate", "listen": { "port": 0 }, "limits": { "heldCount": 1, "parkedCount": 2 } }],
  "nodes": [{ "role": "scene", "external": true }, { "role": "login", "external": true }]
}`;
    expect(await refusedJson(text)).toEqual([
      'DIR/photinus.config.json:3:68: gates[0].limits.heldCount: "heldCount" is not an option here; use "laneQueueCount" [renamed-option]',
      'DIR/photinus.config.json:3:84: gates[0].limits.parkedCount: "parkedCount" is not an option here; use "latestPushCount" [renamed-option]',
    ]);
  });

  test("a text that is no JSON", async () => {
    expect(await refusedJson('{ "gates": [1, 2,] }')).toEqual([
      'DIR/photinus.config.json:1:18: expected a value, found "]"; write valid JSON [json-syntax]',
    ]);
  });

  test("values of the wrong kind, empty lists, missing options", async () => {
    expect(await refusal(resolved({ gates: [], nodes: {}, log: { level: "loud" } }))).toEqual([
      'photinus.config.ts: "protocol" is missing; add it [missing-option]',
      "photinus.config.ts: gates: the list is empty; expected one or more gates [missing-option]",
      "photinus.config.ts: nodes: found an object; expected a list of nodes [wrong-kind]",
      'photinus.config.ts: log.level: found "loud"; expected one of "debug", "info", "warn", "error", "silent" [wrong-kind]',
    ]);
    expect(await refusal(resolved([]))).toEqual([
      "photinus.config.ts: the topology is a list; expected an object with protocol, gates, nodes, clients, links, data, log, stop, health, onUnhandledRejection [wrong-kind]",
    ]);
  });

  test.each(["", "127.0.0.1:80", "http://example.org", "1.2.3.400", "under_score", 5])(
    "the host %j",
    async (host) => {
      const gates = [{ ...gate, listen: { host, port: 0 } }];
      const [line] = await refusal(resolved(topology({ gates })));
      expect(line).toContain("gates[0].listen.host");
      expect(line).toContain("[bad-host]");
    },
  );

  test("names that are there twice, also those of instances", async () => {
    const gates = [gate, { ...gate, listen: { port: 7001 } }];
    const nodes = [
      { ...scene, name: "scene-2" },
      { ...scene, instances: 2 },
    ];
    expect(await refusal(resolved(topology({ gates, nodes })))).toEqual([
      'photinus.config.ts: gates[1].name: the name "gate-1" already exists; choose another name (the first is gates[0]) [duplicate-name]',
      'photinus.config.ts: nodes[1]: an instance called "scene-2" already exists; choose another name (the first is nodes[0]) [duplicate-name]',
    ]);
  });

  test("instances whose names would be too long for a gate to take", async () => {
    const role = "s".repeat(62);
    expect(await refusal(resolved(topology({ nodes: [{ ...scene, role, instances: 2 }] })))).toEqual([
      `photinus.config.ts: nodes[0]: the instance name "${role}-1" is too long; shorten the name; expected a letter and then up to 62 letters, digits, _ or - [bad-name]`,
    ]);
  });

  test("ports that are the same on one host", async () => {
    const gates = [
      { ...gate, links: { port: 7000 } },
      { name: "gate-2", listen: { host: "0.0.0.0", port: 7000 }, auth: "none", classic: false },
      { name: "gate-3", listen: { host: "127.0.0.2", port: 7000 } },
    ];
    const lines = await refusal(resolved(topology({ gates, health: { host: "::", port: 7000 } })));
    expect(lines).toContain(
      "photinus.config.ts: health.port: port 7000 is already used by gates[0].listen; choose another port, or 0 [same-port]",
    );
    expect(lines).toContain(
      "photinus.config.ts: gates[0].links.port: port 7000 is already used by gates[0].listen; choose another port, or 0 [same-port]",
    );
    expect(lines).toHaveLength(4);
  });

  test("a gate that takes no kind of client, and pushes held back later than the client is closed", async () => {
    const gates = [{ ...gate, classic: false, session: false, limits: { softBufferBytes: 3_000_000 } }];
    expect(await refusal(resolved(topology({ gates })))).toEqual([
      "photinus.config.ts: gates[0].limits.softBufferBytes: found 3000000, above hardBufferBytes, which is 2097152; lower softBufferBytes, so that pushes are held back before the client is closed [out-of-range]",
      "photinus.config.ts: gates[0].session: neither classic nor session connections are accepted, so no client can connect; set classic or session to true [wrong-kind]",
    ]);
  });

  test("origins that are none", async () => {
    const gates = (origins: unknown) => [{ ...gate, origins }];
    expect(await refusal(resolved(topology({ gates: gates(["play.example"]) })))).toEqual([
      'photinus.config.ts: gates[0].origins[0]: found "play.example"; expected an origin as browsers send it, such as "https://play.example", "http://localhost:5173", "capacitor://localhost" or "null" [wrong-kind]',
    ]);
    const near = await refusal(resolved(topology({ gates: gates(["wss://play.example/lobby"]) })));
    expect(near[0]).toContain('or "null" (did you mean "https://play.example"?) [wrong-kind]');
    expect(await refusal(resolved(topology({ gates: gates([]) })))).toEqual([
      "photinus.config.ts: gates[0].origins: the list is empty; expected one or more origins [missing-option]",
    ]);
    expect(await refusal(resolved(topology({ gates: gates(["*"]) })))).toEqual([
      'photinus.config.ts: gates[0].origins: found a list with "*" in it; expected "*" alone, without a list, for all pages [wrong-kind]',
    ]);
    expect(await refusal(resolved(topology({ gates: gates("any") })))).toEqual([
      'photinus.config.ts: gates[0].origins: found "any"; expected a list of origins, or "*" for all [wrong-kind]',
    ]);
  });

  test("frames to clients that are larger than what may wait for one", async () => {
    const gates = [{ ...gate, limits: { maxServerFrameBytes: 4_000_000 } }];
    expect(await refusal(resolved(topology({ gates })))).toEqual([
      "photinus.config.ts: gates[0].limits.maxServerFrameBytes: found 4000000, but hardBufferBytes has room for 2031600 beside softBufferBytes; raise hardBufferBytes, so that one large reply does not close a client that keeps reading [out-of-range]",
    ]);
  });

  test("a generated protocol that was not generated yet", async () => {
    const lines = await refusal(resolved(topology({ protocol: "./generated/server/protocol.ts" })));
    expect(lines).toEqual([
      "photinus.config.ts: protocol: file DIR/generated/server/protocol.ts not found; run photinus codegen [module-missing]",
    ]);
  });

  test("modules that are not there", async () => {
    const nodes = [{ role: "scene", module: "./nowhere.ts" }];
    expect(await refusal(resolved(topology({ nodes, gates: [{ ...gate, http: "page.ts" }] })))).toEqual([
      "photinus.config.ts: gates[0].http: file DIR/page.ts not found; expected the path of a module, relative to the topology file, with its extension [module-missing]",
      "photinus.config.ts: nodes[0].module: file DIR/nowhere.ts not found; expected the path of a module, relative to the topology file, with its extension [module-missing]",
    ]);
  });

  test("keys of a gate that are not there, and that are none", async () => {
    const listening = (cipher: object) =>
      topology({ gates: [{ ...gate, listen: { ...gate.listen, cipher } }] });
    expect(await refusal(resolved(listening({ keyFile: "gate.key" })))).toEqual([
      "photinus.config.ts: gates[0].listen.cipher: cannot read the gate's key file DIR/gate.key: ENOENT; make it with: photinus keygen gate --out DIR/gate.key [key-unusable]",
    ]);
    expect(await refusal(resolved(listening({ keyEnv: "NO_SUCH_KEY" })))).toEqual([
      "photinus.config.ts: gates[0].listen.cipher: environment variable NO_SUCH_KEY has no key; expected private keys of 43 characters of base64url, as photinus keygen gate writes them [key-unusable]",
    ]);
    expect(await refusal(resolved(listening({})))).toEqual([
      "photinus.config.ts: gates[0].listen.cipher: the cipher has no key; name a keyFile, made by: photinus keygen gate --out FILE [missing-option]",
    ]);
  });

  test("roles that commands need and no node has", async () => {
    const lines = await refusal(
      resolved(topology({ protocol: sampleProtocol(["scene", "lgoin"]), nodes: [scene] })),
    );
    expect(lines).toEqual([
      'photinus.config.ts: nodes: no node has the role "lgoin" that commands need; add a node of this role [role-missing]',
    ]);
  });

  test.each([
    ["empty.ts", 'DIR/empty.ts exports no "protocol"; expected the path of the generated "protocol.ts"'],
    [
      "broken.ts",
      "DIR/broken.ts cannot be loaded: Error: no such planet (at DIR/broken.ts:1:7); fix the error",
    ],
    [
      { commands: 1 },
      'an object is not a protocol; expected the "protocol" of the generated code, or the path of its module',
    ],
  ])("the protocol %j", async (protocol, wrong) => {
    expect(await refusal(resolved(topology({ protocol })))).toEqual([
      `photinus.config.ts: protocol: ${wrong} [protocol-unusable]`,
    ]);
  });

  test("a file that is missing, cannot be loaded, or exports nothing", async () => {
    expect(await refusal(loadTopology(join(folder, "gone.ts")))).toEqual([
      "DIR/gone.ts: file not found; choose another file with --config FILE [file-missing]",
    ]);
    expect(await refusal(loadTopology(join(folder, "broken.ts")))).toEqual([
      "DIR/broken.ts: cannot be loaded: Error: no such planet (at DIR/broken.ts:1:7); fix the error [file-unreadable]",
    ]);
    expect(await refusal(loadTopology(folder))).toEqual([
      "DIR: found a folder, expected a file; choose another file with --config FILE [file-missing]",
    ]);
    expect(await refusal(loadTopology(import.meta.filename.replace(/[^/]*$/, "../../../LICENSE")))).toEqual([
      expect.stringMatching(/LICENSE: neither a module nor JSON; expected a \.ts, \.js or \.json file \[/),
    ]);
    expect(await refusal(loadTopology(join(folder, "empty.ts")))).toEqual([
      "DIR/empty.ts: no default export; add: export default defineTopology({ ... }) [no-topology]",
    ]);
  });
});
