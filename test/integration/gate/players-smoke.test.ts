import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

interface SmokeCase {
  readonly server: string;
  readonly tickMs: number;
  readonly faults: readonly string[];
}

test("in the benchmark of players, everybody sees the moves of all others in order, and each line, with and without ticks", async () => {
  const program = fileURLToPath(new URL("../../bench/players/main.ts", import.meta.url));
  const args = ["--smoke", "--servers", "ours-tcp,ours-ws", "--tick", "50"];
  const child = spawn(process.execPath, ["-C", "photinus-source", program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const [code] = await once(child, "close");
  const { cases } = JSON.parse(out.trimEnd().split("\n").at(-1)!) as { cases: readonly SmokeCase[] };
  expect(cases.map(({ server, tickMs, faults }) => [server, tickMs, faults])).toEqual(
    ["ours-tcp", "ours-ws"].flatMap((server) => [0, 50].map((tickMs) => [server, tickMs, []])),
  );
  expect(code).toBe(0);
}, 120_000);
