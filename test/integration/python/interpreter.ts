import { spawnSync } from "node:child_process";

/** The first interpreter that can import msgpack; another Python may come first on the PATH and lack Debian's packages. */
export function pythonWithMsgpack(): string {
  const tried: string[] = [];
  for (const command of ["/usr/bin/python3", "python3"]) {
    const { status, stderr, error } = spawnSync(command, ["-c", "import msgpack"], { encoding: "utf8" });
    if (status === 0) return command;
    tried.push(`${command}: ${error?.message ?? stderr.trim().split("\n").at(-1)}`);
  }
  throw new Error(`no Python with msgpack; on Debian: apt-get install python3-msgpack (${tried.join("; ")})`);
}
