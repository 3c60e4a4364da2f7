import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { benchFolder } from "./benchmarks.ts";

const peers = `${benchFolder}peers/`;

/** npm leaves a copy of the lock file behind; an older one than ours says that something has changed since. */
function installed(): boolean {
  const marker = `${peers}node_modules/.package-lock.json`;
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(`${peers}package-lock.json`).mtimeMs;
}

/** Installs what the benchmarks measure against, unless it is there; says whether it is there then. npm prints why not. */
export async function installPeers(): Promise<boolean> {
  if (installed()) return true;
  const args = ["ci", "--prefix", peers, "--no-audit", "--no-fund", "--loglevel=error"];
  // Output of npm must not be the last line, which is the JSON of a benchmark.
  const child = spawn("npm", args, { stdio: ["ignore", "ignore", "inherit"] });
  const code = await new Promise((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", resolve);
  });
  return code === 0;
}
