import { expect, test } from "vitest";
import { sourceFiles } from "./source-tree.ts";

/**
 * What touches the outside world, and the few files that may import it: a path, or a folder with a slash at its end.
 * Imports of types alone are free.
 */
const drivers: Readonly<Record<string, readonly string[]>> = {
  ws: ["runtime/transport/"],
  "node:net": ["runtime/transport/", "runtime/process/control/", "clients/typescript/src/node/"],
  "node:tls": ["runtime/transport/", "clients/typescript/src/node/"],
  "node:http": ["runtime/transport/"],
  "node:child_process": ["runtime/process/supervisor/spawn-processes.ts", "codegen/lock/taken/git.ts"],
  "node:worker_threads": ["runtime/node/heavy/"],
  piscina: ["runtime/node/heavy/"],
  msgpackr: ["runtime/rpc/"],
  pino: ["runtime/process/logs/log-output.ts", "runtime/process/child/main.ts"],
  commander: ["runtime/cli/program.ts", "codegen/cli/"],
  protobufjs: ["codegen/load/"],
  "ts-morph": ["codegen/typescript/stub/"],
  handlebars: ["codegen/documents/"],
  mysql2: ["runtime/tables/mysql/mysql-database.ts", "runtime/tables/migrate/mysql-migrations.ts"],
  ioredis: ["runtime/tables/redis/redis-connect.ts"],
  "node:sqlite": ["runtime/tables/sqlite/open-with-log.ts", "runtime/tables/migrate/sqlite-migrations.ts"],
};

test("drivers and sockets are imported only in the files named for them", () => {
  const files = sourceFiles("runtime", "codegen", "schema", "clients/typescript/src");
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const file of files) {
    for (const one of file.imports) {
      const driver = Object.keys(drivers).find(
        (name) => one.specifier === name || one.specifier.startsWith(`${name}/`),
      );
      if (driver === undefined || one.typeOnly) continue;
      seen.add(driver);
      if (
        !drivers[driver]!.some(
          (place) => file.path === place || (place.endsWith("/") && file.path.startsWith(place)),
        )
      ) {
        wrong.push(`${file.path} -> ${one.specifier}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(seen).toContain("node:net");
});

test("every package that is imported is a dependency of the package that imports it", async () => {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  const declared = Object.keys(manifest.dependencies);
  const imported = new Set(
    sourceFiles("runtime", "codegen", "schema").flatMap((file) =>
      file.imports
        .map((one) => one.specifier)
        .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
        .map((specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")),
    ),
  );
  expect(imported.size).toBeGreaterThan(3);
  expect([...imported].filter((name) => !declared.includes(name))).toEqual([]);
});
