import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Dial } from "../../../clients/typescript/src/channel/dial.ts";
import { cipher } from "../../../clients/typescript/src/cipher/cipher.ts";
import { connect, dial, dialWith } from "../../../clients/typescript/src/node/index.ts";
import { newGateKey } from "../../../runtime/transport/cipher/gate-keys.ts";
import { raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { certificateFolder } from "../../setup/certificates.ts";
import { text } from "./raw-client.ts";
import { commands } from "./schema.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();
const echo = { ...commands.echo, request: raw, reply: raw };
const asked = "photinus-marker";
const answered = `${asked}-answered`;

/** Captures what is sent from and to a port of the loopback interface. Returns what ends the capture, with its payloads. */
async function capture(port: number): Promise<() => Promise<Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), "photinus-capture-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "lo.pcapng");
  const tshark = spawn("tshark", ["-i", "lo", "-f", `tcp port ${port}`, "-w", file]);
  onTestFinished(() => void tshark.kill("SIGKILL"));
  let said = "";
  tshark.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  await eventually(() => said.includes("Capture started") || tshark.exitCode !== null);
  expect(tshark.exitCode, said).toBeNull();
  return async () => {
    // Its last packet is that of the end of the connection.
    await eventually(() => payloadsOf(file).isOver);
    tshark.kill("SIGINT");
    return payloadsOf(file).bytes;
  };
}

/** Payloads of a capture that may still be written. */
function payloadsOf(file: string): { readonly bytes: Buffer; readonly isOver: boolean } {
  if (readFileSync(file).length === 0) return { bytes: Buffer.alloc(0), isOver: false };
  const fields = ["-T", "fields", "-e", "tcp.flags.fin", "-e", "tcp.payload"];
  const rows = execFileSync("tshark", ["-r", file, ...fields], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).split("\n");
  const parts = rows.map((row) => row.split("\t"));
  return {
    bytes: Buffer.from(parts.map(([, payload = ""]) => payload).join(""), "hex"),
    isOver: parts.some(([fin]) => fin === "1" || fin === "True"),
  };
}

// Only root may capture.
test.skipIf(process.getuid?.() !== 0)(
  "a capture of the loopback interface shows no body of a connection over TLS or the cipher, and that of a plain one",
  async () => {
    const { lines, publicKey: gateKey } = newGateKey();
    process.env["TEST_CAPTURE_KEY"] = lines.split("\n")[2]!;
    onTestFinished(() => void delete process.env["TEST_CAPTURE_KEY"]);
    const files = certificateFolder();
    const ca = readFileSync(files.authority().certFile, "utf8");
    const ways: readonly (readonly [string, "tcp" | "tls", Dial, object])[] = [
      ["plain", "tcp", dial, {}],
      ["cipher", "tcp", cipher(dial, { gateKey }), { cipher: { keyEnv: "TEST_CAPTURE_KEY" } }],
      ["tls", "tls", dialWith({ ca }), { tls: { certificates: [files.certificate("server")] } }],
    ];
    const gates = [];
    for (const [name, , , listen] of ways) gates.push(await world.gate({ name, listen }));
    await world.node("probe-1", { echo: () => text(answered) });
    for (const [at, [name, scheme, by]] of ways.entries()) {
      const { port } = gates[at]!.clientAddress!;
      const end = await capture(port);
      const connection = await connect(`${scheme}://localhost:${port}`, { dial: by });
      expect(new TextDecoder().decode(await connection.request(echo, text(asked)))).toBe(answered);
      await connection.close();
      const seen = await end();
      expect(seen.length, name).toBeGreaterThan(200);
      for (const marker of [asked, "-answered"]) expect(seen.includes(marker), name).toBe(name === "plain");
    }
  },
);
