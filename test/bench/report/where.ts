import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** Packages that are measured, or measured against, by the folder of their package.json. */
const measured = {
  "../../../": ["photinus"],
  "../../../node_modules/": ["ws", "ioredis", "mysql2", "msgpackr", "protobufjs", "typescript"],
  "../peers/node_modules/": [
    "@bufbuild/protobuf",
    "bebop",
    "@colyseus/core",
    "@colyseus/schema",
    "socket.io",
    "pinus-rpc",
    "memjs",
  ],
} as const;

/** The machine and the versions of all that is measured, in one line. */
export function whereOf(): string {
  const versions = Object.entries(measured).flatMap(([folder, names]) =>
    names.map((name) => {
      const place = name === "photinus" ? folder : `${folder}${name}/`;
      const text = readFileSync(new URL(`${place}package.json`, import.meta.url), "utf8");
      return `${name} ${(JSON.parse(text) as { version: string }).version}`;
    }),
  );
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${gibibytes} GiB, ${type()} ${release().split("-")[0]}`;
  return `${machine}; Node.js ${process.versions.node}; ${versions.join(", ")}`;
}
