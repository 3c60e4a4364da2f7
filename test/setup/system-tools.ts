/**
 * Makes sure that the programs which the tests need besides Node.js are there: Chromium for the browser tests, `protoc` as a
 * second opinion on codecs, Python's msgpack for the peer in another language, MariaDB and Redis for the tables. As root on
 * Debian it installs what is missing, and keeps what it installs from starting; elsewhere it says what to install and exits
 * with 1. `MYSQL_URL` and `REDIS_URL` do not replace the programs: some tests kill servers of their own.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { type Tool, tools } from "./probes.ts";
import { withServerFolders } from "./system-path.ts";

interface Missing {
  readonly tool: Tool;
  /** What the probe said. */
  readonly reason: string;
}

/** One after another: probes start servers. */
async function missingOf(some: readonly Tool[]): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const tool of some) {
    try {
      await tool.probe();
    } catch (error) {
      missing.push({ tool, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return missing;
}

function aptGet(...args: string[]): boolean {
  const env = { ...withServerFolders(), DEBIAN_FRONTEND: "noninteractive" };
  return (
    spawnSync("apt-get", ["-qq", "-y", ...args], { stdio: ["ignore", "ignore", "inherit"], env }).status === 0
  );
}

/** What Debian asks whether a service that it installs may start; 101 says no. The tests start servers of their own. */
const startPolicy = "/usr/sbin/policy-rc.d";

function withoutStarting(install: () => void): void {
  const isOurs = !existsSync(startPolicy);
  if (isOurs) writeFileSync(startPolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    if (isOurs) rmSync(startPolicy);
  }
}

const packagesOf = (some: readonly Missing[]) => some.flatMap(({ tool }) => tool.packages);
const hasAptGet = spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status === 0;

let missing = await missingOf(tools);
if (missing.length > 0 && process.getuid?.() === 0 && hasAptGet) {
  const packages = packagesOf(missing);
  console.log(`installing ${packages.join(", ")}`);
  withoutStarting(() => {
    if (aptGet("update")) aptGet("install", "--no-install-recommends", ...packages);
  });
  missing = await missingOf(missing.map(({ tool }) => tool));
}
if (missing.length > 0) {
  for (const { tool, reason } of missing) console.error(`The tests need ${tool.name}: ${reason}`);
  console.error(`On Debian: sudo apt-get install ${packagesOf(missing).join(" ")}`);
  process.exitCode = 1;
}
