/**
 * The programs that the tests need besides Node.js, and for each a probe: what the tests use of it, tried once. A version
 * alone would pass where a part is missing that somebody's machine has for another reason.
 */
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataTemplate } from "./servers/mariadb.ts";
import { startRedis } from "./servers/redis.ts";
import { withServerFolders } from "./system-path.ts";

export interface Tool {
  readonly name: string;
  /** Debian's packages that bring it, without what they merely recommend. */
  readonly packages: readonly string[];
  /** Uses it as the tests do. Throws, or rejects, with what is wrong. */
  readonly probe: () => unknown;
}

export const chromiumPath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** What starts Chromium on a machine without a display, and without leave to look for anything in a network. */
export const chromiumFlags: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const tools: readonly Tool[] = [
  {
    name: "Chromium, which renders a page",
    packages: ["chromium"],
    probe: () =>
      inFolder((folder) => {
        const flags = ["--headless", ...chromiumFlags, `--user-data-dir=${folder}`];
        const page = run(chromiumPath, ...flags, "--dump-dom", "data:text/html,<p>seen</p>");
        if (!page.includes("<p>seen</p>")) throw new Error("the page is empty");
      }),
  },
  {
    name: "protoc, with Google's own types",
    packages: ["protobuf-compiler", "libprotobuf-dev"],
    probe: () =>
      inFolder((folder) => {
        const types = ["duration", "struct", "timestamp", "wrappers"];
        const imports = types.map((type) => `import "google/protobuf/${type}.proto";`);
        writeFileSync(join(folder, "probe.proto"), `syntax = "proto3";\n${imports.join("\n")}\n`);
        run("protoc", `--proto_path=${folder}`, `--descriptor_set_out=${join(folder, "set")}`, "probe.proto");
      }),
  },
  {
    name: "openssl, which makes certificates",
    packages: ["openssl"],
    probe: () =>
      inFolder((folder) => {
        const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        const files = ["-keyout", join(folder, "key"), "-out", join(folder, "certificate")];
        run("openssl", "req", "-x509", ...key, ...files, "-subj", "/CN=probe");
        new X509Certificate(readFileSync(join(folder, "certificate")));
      }),
  },
  {
    name: "tshark, which captures packets",
    packages: ["tshark"],
    probe: () =>
      inFolder((folder) => {
        const file = join(folder, "one.pcap");
        writeFileSync(file, onePacket());
        const frames = run("tshark", "-r", file, "-T", "fields", "-e", "frame.len");
        if (frames.trim() !== "20") throw new Error(`it reads a packet of 20 bytes as ${frames}`);
      }),
  },
  {
    name: "Python 3 with msgpack",
    packages: ["python3-msgpack"],
    probe: () => {
      run("python3", "-c", "import json, socket, struct");
      // Debian's own Python: another one in front of it in PATH does not see Debian's packages.
      run("/usr/bin/python3", "-c", "import msgpack; assert msgpack.unpackb(msgpack.packb([1])) == [1]");
    },
  },
  {
    name: "MariaDB, which makes a new data folder",
    packages: ["mariadb-server"],
    probe: () => dataTemplate(),
  },
  {
    name: "Redis 7 or later",
    packages: ["redis-server"],
    probe: async () => {
      const [, major] = /v=(\d+)/.exec(run("redis-server", "--version")) ?? [];
      if (Number(major) < 7) throw new Error(`this is Redis ${major}`);
      await (await startRedis())[Symbol.asyncDispose]();
    },
  },
];

function run(program: string, ...args: string[]): string {
  const env = withServerFolders();
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    timeout: 30_000,
    env,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim() || `${program} ended with ${status}`);
  return stdout;
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "photinus-probe-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A capture with one packet: the header of an IPv4 packet without content. */
function onePacket(): Buffer {
  const packet = Buffer.alloc(20);
  packet.writeUInt16BE(0x4500, 0);
  packet.writeUInt16BE(20, 2);
  // Version 2.4, no time zone, packets of up to 64 KiB, link type 101: raw IP.
  const head = Buffer.from(
    [0xa1b2c3d4, 0x0002_0004, 0, 0, 65_535, 101].flatMap((value) => [
      value >>> 24,
      (value >> 16) & 255,
      (value >> 8) & 255,
      value & 255,
    ]),
  );
  const frame = Buffer.alloc(16);
  frame.writeUInt32BE(20, 8);
  frame.writeUInt32BE(20, 12);
  return Buffer.concat([head, frame, packet]);
}
