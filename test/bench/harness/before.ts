import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** This version of the project. */
export const here = new URL("../../../", import.meta.url);

/**
 * Another version of the project, to be measured against this one: what git knows as `reference`, with its dependencies
 * installed, in a folder of the user's cache, which later runs use again. Throws when git knows no such commit.
 */
export function versionBefore(reference: string): URL {
  const root = fileURLToPath(here);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const commit = git("rev-parse", "--verify", `${reference}^{commit}`);
  // Not below node_modules, where Node.js runs no TypeScript.
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "photinus", "bench");
  const folder = join(cache, commit);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    git("clone", "--quiet", "--no-checkout", root, unfinished);
    git("-C", unfinished, "checkout", "--quiet", commit);
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: unfinished,
      stdio: "inherit",
      env: { ...process.env, NODE_ENV: "development" },
    });
    renameSync(unfinished, folder);
  }
  return pathToFileURL(`${folder}/`);
}
