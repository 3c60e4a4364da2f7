/**
 * Makes sure that the programs which the tests need besides Node.js are there: Chromium for the browser tests, `protoc` as a
 * second opinion on codecs, Python's msgpack for the peer in another language, MariaDB and Redis for the tables. As root on
 * Debian it installs what is missing, and keeps what it installs from starting; elsewhere it says what to install and exits
 * with 1. `MYSQL_URL` and `REDIS_URL` do not replace the programs: some tests kill servers of their own.
 */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { withServerFolders } from "./system-path.ts";

interface Tool {
  readonly name: string;
  /** Debian's package. */
  readonly package: string;
  readonly isThere: () => boolean;
}

const tools: readonly Tool[] = [
  { name: "Chromium", package: "chromium", isThere: () => runs("chromium", "--version") },
  { name: "protoc", package: "protobuf-compiler", isThere: () => runs("protoc", "--version") },
  // Debian's own Python: another one in front of it in PATH does not see Debian's packages.
  {
    name: "Python 3 with msgpack",
    package: "python3-msgpack",
    isThere: () => runs("/usr/bin/python3", "-c", "import msgpack"),
  },
  {
    name: "MariaDB",
    package: "mariadb-server",
    isThere: () => runs("mariadbd", "--no-defaults", "--version"),
  },
  { name: "Redis 7", package: "redis-server", isThere: () => runs("redis-server", "--version") },
];

function runs(program: string, ...args: string[]): boolean {
  const env = withServerFolders();
  return spawnSync(program, args, { stdio: "ignore", timeout: 30_000, env }).status === 0;
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

function missing(): readonly Tool[] {
  return tools.filter((tool) => !tool.isThere());
}

const wanted = missing();
if (wanted.length > 0 && process.getuid?.() === 0 && runs("apt-get", "--version")) {
  const packages = wanted.map((tool) => tool.package);
  console.log(`installing ${packages.join(", ")}`);
  withoutStarting(() => {
    if (aptGet("update")) aptGet("install", "--no-install-recommends", ...packages);
  });
}
const left = wanted.length === 0 ? wanted : missing();
if (left.length > 0) {
  const names = left.map((tool) => `${tool.name} (Debian: ${tool.package})`);
  console.error(`The tests need ${names.join(", ")}.`);
  console.error(
    `Install it, for example: sudo apt-get install ${left.map((tool) => tool.package).join(" ")}`,
  );
  process.exitCode = 1;
}
