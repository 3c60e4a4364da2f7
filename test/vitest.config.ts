import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import "./setup/environment.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** One vitest project for each kind of test; a kind that finds no file fails. */
function kind(name: string, timeoutMs: number, globalSetup: string[] = []) {
  const include = `test/${name}/**/*.test.ts`;
  if (globSync(include, { cwd: root }).length === 0) throw new Error(`there is no ${include}`);
  return {
    root,
    resolve: { conditions: ["photinus-source"] },
    ssr: { resolve: { conditions: ["photinus-source", "node", "module"] } },
    test: {
      name,
      include: [include],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      // By default a second, which is soon over on a machine with much to do.
      expect: { poll: { timeout: (timeoutMs * 3) / 4 } },
      globalSetup,
      // Tests that run at a time, where a file says that they may.
      maxConcurrency: 2,
    },
  };
}

export default defineConfig({
  root,
  test: {
    passWithNoTests: false,
    maxWorkers: 2,
    projects: [
      kind("architecture", 60_000),
      kind("unit", 20_000),
      kind("conformance", 60_000),
      kind("evolution", 60_000),
      kind("golden", 60_000),
      kind("types", 120_000),
      kind("integration", 60_000, ["test/setup/page.ts"]),
      kind("chaos", 60_000),
      kind("browser", 120_000, ["test/setup/page.ts"]),
    ],
  },
});
