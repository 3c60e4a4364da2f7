import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

/** Programs of which nothing is there but their `--version`. */
const programs = [
  "chromium",
  "protoc",
  "openssl",
  "tshark",
  "python3",
  "mariadbd",
  "mariadb-install-db",
  "redis-server",
];
const hollow = `#!/bin/sh
case "$*" in *--version*) echo "v=7.0.0 Ver 0.0.0-hollow"; exit 0;; esac
echo "only the version is here" >&2
exit 1
`;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-hollow-"));
  for (const program of programs) writeFileSync(join(folder, program), hollow, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
  vi.stubEnv("CHROMIUM", join(folder, "chromium"));
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("a program that answers for its version alone passes no probe", async () => {
  const { tools } = await import("../../setup/probes.ts");
  expect(tools.length).toBeGreaterThan(4);
  for (const { name, probe } of tools) {
    await expect((async () => probe())(), `the probe of ${name} tries more than the version`).rejects.toThrow(
      "only the version is here",
    );
  }
});
