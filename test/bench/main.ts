/**
 * `npm run bench -- NAME [FLAGS]` runs `test/bench/NAME/main.ts`. What a benchmark measures against is installed from the
 * lock file in `peers` when it is missing; the last line of a benchmark is one JSON object. Both sides run as where players
 * play, with NODE_ENV=production, unless the environment says otherwise.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const peers = `${here}peers/`;
const names = readdirSync(here).filter((name) => existsSync(`${here}${name}/main.ts`));
const [name, ...flags] = process.argv.slice(2);

function run(command: string, args: readonly string[], env = process.env): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** npm leaves a copy of the lock file behind; an older one than ours says that something has changed since. */
function installed(): boolean {
  const marker = `${peers}node_modules/.package-lock.json`;
  return existsSync(marker) && statSync(marker).mtimeMs >= statSync(`${peers}package-lock.json`).mtimeMs;
}

if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- ${names.join(" | ")} [flags]`);
  process.exitCode = 1;
} else {
  if (!installed())
    await run("npm", ["ci", "--prefix", peers, "--no-audit", "--no-fund", "--loglevel=error"]);
  const args = ["-C", "photinus-source", `${here}${name}/main.ts`, ...flags];
  process.exitCode = await run(process.execPath, args, { NODE_ENV: "production", ...process.env });
}
