import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { benchmarks } from "../../bench/suite/benchmarks.ts";
import type { Smoke } from "../../bench/suite/smoke.ts";

test("each benchmark gets right answers, rows, frames or bodies, and ends with the common JSON line", async () => {
  const program = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["-C", "photinus-source", program, "--smoke"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const [code] = await once(child, "close");
  const { right, wrong, leftOut, peers } = JSON.parse(out.trimEnd().split("\n").at(-1)!) as Smoke;
  expect(wrong, out).toEqual([]);
  expect(code).toBe(0);
  expect([...right, ...leftOut].sort()).toEqual(Object.keys(benchmarks).sort());
  // Without a network there are no packages of other projects.
  if (peers) expect(leftOut).toEqual([]);
}, 900_000);
