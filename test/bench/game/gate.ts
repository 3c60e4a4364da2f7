/**
 * A gate of the benchmarks' game, all policy on: `gate.ts [CERTIFICATE KEY | cipher]`. With certificate and key it speaks TLS; with
 * "cipher" it serves encrypted connections beside plain ones. Tells its parent the two ports, and the key of the cipher.
 */
import { Gate } from "photinus";
import { newGateKey } from "../../../runtime/transport/cipher/gate-keys.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { memoryAfterCollection } from "../harness/memory.ts";
import { protocol } from "./fixtures/server/index.ts";

// Everything comes from one address here, over a few connections, as fast as they can.
const limits = {
  connectionsPerAddress: 20_000,
  bytesPerSecond: false,
  framesPerSecond: false,
  addressBytesPerSecond: false,
  addressFramesPerSecond: false,
} as const;
const [certFile, keyFile] = process.argv.slice(2);
const { lines, publicKey: gateKey } = newGateKey();
process.env["BENCH_GATE_KEY"] = lines.split("\n").at(-2)!;

function listening() {
  if (certFile === "cipher") return { cipher: { keyEnv: "BENCH_GATE_KEY", required: false } };
  return certFile && keyFile ? { tls: { certificates: [{ certFile, keyFile }] } } : {};
}

const gate = await Gate.open({ name: "gate", protocol, limits, listen: listening() });
serveParent(async (question) => {
  if (question === "memory") return memoryAfterCollection();
  if (question === "heap") return memoryAfterCollection("regular");
  return { counters: gate.counters.entries(), connections: gate.status().connections };
});
tellParent({ port: gate.clientAddress?.port, links: gate.linkAddress?.port, gateKey });
