import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync } from "node:fs";
import { installedIn } from "./reach.ts";
import type { Stranger } from "./stranger.ts";

/** What the generator alone needs. TypeScript comes with ts-morph. */
const generatorOnly = [
  "ts-morph",
  "@ts-morph",
  "typescript",
  "protobufjs",
  "handlebars",
  "@photinus/codegen",
];

/**
 * Installs a game as for production, `npm ci --omit=dev` on a copy of it, and gives the copy's folder: nothing of the generator
 * is there, and `photinus codegen` prints the line that installs it.
 */
export function checkProduction(stranger: Stranger, game: string): string {
  const home = stranger.project("production", {});
  cpSync(game, home, { recursive: true, filter: (path) => !path.includes("node_modules") });
  stranger.run(home, "npm", "ci", "--omit=dev", "--silent", "--no-audit", "--no-fund");
  assert.ok(installedIn(home).includes("photinus"), "photinus is installed");
  const found = generatorOnly.flatMap((name) => globSync(`**/node_modules/${name}`, { cwd: home }));
  assert.deepEqual(found, [], "a production install has nothing of the generator");
  const { status, stderr } = spawnSync("npx", ["--no-install", "photinus", "codegen"], {
    cwd: home,
    env: stranger.environment,
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(stderr, /^error: .*; run npm install --save-dev @photinus\/codegen$/m);
  assert.deepEqual(globSync("generated/server/index.ts", { cwd: home }), ["generated/server/index.ts"]);
  return home;
}
