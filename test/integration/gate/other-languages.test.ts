import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import { LinkKeys } from "../../../runtime/rpc/trust/link-keys.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { ServerCredentials } from "../../../runtime/transport/tls/server-credentials.ts";
import { decode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { Failure } from "../../../runtime/wire/generated/photinus/control.ts";
import { errorCodes, fail } from "../../../schema/errors.ts";
import { certificateFolder } from "../../setup/certificates.ts";
import { interpreter, runPython } from "./python.ts";
import { text } from "./raw-client.ts";
import { commands, protocol } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

test("a gfirefly client of struct and socket alone gets its echoes, in order, and errors that it can ignore", async () => {
  const gate = await world.gate();
  await world.node("probe-1", {
    echo: (body) => body,
    free: (body) => new Promise((resolve) => setTimeout(resolve, 50, body)),
  });
  const { host, port } = gate.clientAddress!;
  const got = await runPython("classic_echo.py", [host, String(port)], ["struct"]);
  const { echoed, ordered } = got as { echoed: boolean; ordered: [number, string][] };
  expect(echoed).toBe(true);
  const hex = (value: string) => Buffer.from(value).toString("hex");
  expect(ordered[0]).toEqual([commands.free.id, hex("slow")]);
  expect(ordered[1]).toEqual([1, hex("quick")]);
  expect(ordered[3]).toEqual([1, hex("after")]);
  expect(ordered[2]![0]).toBe(0xffffff7f);
  const failure = decode(Failure, Buffer.from(ordered[2]![1], "hex"));
  expect(failure).toMatchObject({ code: errorCodes.UNIMPLEMENTED, command: 9999 });
});

test("a map-form node hears of nothing but what it is called for: not of the end of a session that it served", async () => {
  const forMapForm = { ...commands.echo, id: 51, role: "map-form-nodes" };
  const gate = await world.gate({ protocol: { ...protocol, commands: [...protocol.commands, forMapForm] } });
  const heard: unknown[][] = [];
  const { host, port } = gate.linkAddress!;
  const link = new Link(await dialTcp(host, port), {
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    log: silentLogger,
    name: "map-form-nodes",
    handler: {
      onAsk() {},
      onNotice() {},
      onRelay() {},
      onPush() {},
      onClose() {},
      onMapForm(_name, args, _kw, reply) {
        heard.push(args);
        reply?.answer(args[2]);
      },
    },
  });
  world.atEnd(() => link.destroy());
  await link.callMapForm("takeProxy", ["map-form-nodes"]);
  const client = await world.client();
  expect(await client.ask(51, "hello")).toBe("hello");
  client.transport.destroy();
  await eventually(() => gate.status().sessions === 0);
  expect(await gate.callChild("map-form-nodes", "last", 0, "word")).toBe("word");
  expect(heard.map(([command]) => command)).toEqual([51, "last"]);
});

test("a Python node with msgpack alone joins, calls the gate, and is called by it", async () => {
  const forPython = { ...commands.echo, id: 50, role: "pythons", name: "probe.Probe.Reverse" };
  const gate = await world.gate({ protocol: { ...protocol, commands: [...protocol.commands, forPython] } });
  await world.node("other-1", {}, { double: (body) => new Uint8Array([...body, ...body]) });
  const remembered: unknown[] = [];
  gate.services.set("twice", (n) => Number(n) * 2);
  gate.services.set("remember", (word) => void remembered.push(word));
  gate.services.set("broken", () => {
    throw fail("OUT_OF_RANGE", "too far");
  });
  const { host, port } = gate.linkAddress!;
  const python = runPython("peer.py", [host, String(port)], ["msgpack"]);
  await eventually(() => remembered.length === 1);

  expect(await gate.callChild("pythons", "add", 2, 40)).toBe(42);
  expect(await gate.callChild("pythons", "nothing")).toBe(0);
  await expect(gate.callChild("pythons", "nonsense")).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(gate.noticeChild("pythons", "hint", "a", 1)).toBe(true);
  const client = await world.client();
  expect(await client.ask(50, "stressed")).toBe("desserts");
  expect(await client.request(50, text(""))).toEqual(new Uint8Array(0));
  expect(client.pushes.map(({ id, body }) => [id, new TextDecoder().decode(body)])).toEqual([
    [501, "pushed"],
    [501, "pushed"],
  ]);
  expect(await gate.callChild("pythons", "go")).toEqual([["hint", ["a", 1]]]);

  expect(await python).toEqual({
    early: "UNAUTHENTICATED: the first call must be takeProxy(name)",
    taken: "gate-1",
    ping: { n: [1, null, false] },
    twice: 42,
    unknown: 'UNIMPLEMENTED: this gate has no service "nonsense"',
    broken: "OUT_OF_RANGE: too far",
    method: "abab",
  });
  expect(remembered).toEqual(["me"]);
  await eventually(() =>
    gate.status().nodes.some(({ name, state }) => name === "pythons" && state === "away"),
  );
  await expect(gate.callChild("pythons", "add", 1, 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

test("the Python node of PROTOCOL.md joins as it stands there, pushes to a group, and answers a client", async () => {
  const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const [, program = ""] = /```python\n(.*?)```/s.exec(page) ?? [];
  expect(program).toContain('"127.0.0.1", 7701)');
  const forPython = { ...commands.echo, id: 50, role: "pythons", name: "probe.Probe.Reverse" };
  const gate = await world.gate({ protocol: { ...protocol, commands: [...protocol.commands, forPython] } });
  const { host, port } = gate.linkAddress!;
  const script = program.replace('"127.0.0.1", 7701', `"${host}", ${port}`);
  const child = spawn(interpreter(["msgpack"]), ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  world.atEnd(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  await eventually(() => output.includes("\n2 "));
  expect(output).toBe("1 gate-1 None\n2 0 None\n");
  const client = await world.client();
  expect(await client.request(50, text("anything"))).toEqual(new Uint8Array(0));
});

/** The program of PROTOCOL.md with the lines of its section on proofs in place of the plain registration, in TLS or not. */
function provingProgram(host: string, port: number, inTls: boolean): string {
  const page = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const found = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, text]) => text!);
  const [program = "", proofs = "", tls = ""] = found;
  const plain = 'ask(1, "takeProxy", "python-1", role="pythons")';
  expect(program).toContain(plain);
  expect(tls).toContain("wrap_socket");
  return program
    .replace('"127.0.0.1", 7701', `"${host}", ${port}`)
    .replace(plain, () => (inTls ? tls + proofs : proofs));
}

test.each([
  ["in plain TCP", false],
  ["in TLS", true],
])(
  "the Python node of PROTOCOL.md proves itself as it stands there, %s; with another key it does not",
  async (_, inTls) => {
    const forPython = { ...commands.echo, id: 50, role: "pythons", name: "probe.Probe.Reverse" };
    const key = LinkKeys.random();
    const folder = certificateFolder();
    const certificates = [folder.certificate("gate", { names: ["DNS:localhost"] })];
    const serverTls = inTls ? await ServerCredentials.open({ certificates }) : undefined;
    world.atEnd(() => serverTls?.close());
    const gate = await world.gate({
      protocol: { ...protocol, commands: [...protocol.commands, forPython] },
      linkTrust: { keys: LinkKeys.of(LinkKeys.random(), key), serverTls },
    });
    const { host, port } = gate.linkAddress!;
    const run = (linkKey: string) => {
      const env = { ...process.env, LINK_KEY: linkKey, LINK_CA: folder.authority().certFile };
      const script = provingProgram(host, port, inTls);
      const child = spawn(interpreter(["msgpack"]), ["-c", script], {
        stdio: ["ignore", "pipe", "pipe"],
        env,
      });
      world.atEnd(() => child.kill("SIGKILL"));
      const seen = { output: "", complaint: "" };
      child.stdout.on("data", (chunk) => {
        seen.output += String(chunk);
      });
      child.stderr.on("data", (chunk) => {
        seen.complaint += String(chunk);
      });
      return seen;
    };
    const stranger = run(LinkKeys.random());
    await eventually(() => stranger.complaint.includes("\n"));
    expect(stranger.complaint).toBe("UNAUTHENTICATED: no link key in common\n");
    const known = run(key);
    await eventually(() => known.output.includes("2 ") || known.complaint !== "");
    expect(known).toEqual({ output: "2 0 None\n", complaint: "" });
    expect(gate.status().nodes.map(({ name, role }) => [name, role])).toEqual([["python-1", "pythons"]]);
    const client = await world.client();
    expect(await client.request(50, text("anything"))).toEqual(new Uint8Array(0));
  },
);
