import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, sourceFiles } from "./source-tree.ts";

/**
 * What touches the outside world, and the few files that may import it: a path, or a folder with a slash at its end.
 * Imports of types alone are free.
 */
const drivers: Readonly<Record<string, readonly string[]>> = {
  ws: ["runtime/transport/"],
  "node:net": ["runtime/transport/", "runtime/process/control/", "clients/typescript/src/node/"],
  "node:tls": ["runtime/transport/", "clients/typescript/src/node/"],
  "node:http": ["runtime/transport/"],
  "node:child_process": ["runtime/process/supervisor/spawn-processes.ts", "codegen/repository.ts"],
  "node:worker_threads": ["runtime/node/heavy/"],
  piscina: ["runtime/node/heavy/"],
  msgpackr: ["runtime/rpc/"],
  jose: ["runtime/gate/auth/jwt/"],
  pino: [
    "runtime/process/logs/log-output.ts",
    "runtime/process/logs/error-record.ts",
    "runtime/process/child/main.ts",
  ],
  commander: ["runtime/cli/program.ts", "codegen/cli/"],
  protobufjs: ["codegen/load/", "codegen/plugin/"],
  "ts-morph": ["codegen/typescript/stub/"],
  handlebars: ["codegen/documents/"],
  "jsonc-parser": ["runtime/process/diagnosis/json.ts"],
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

describe("every package that is imported is a dependency of the package that imports it, and no other is", () => {
  test.each([
    ["package.json", "runtime"],
    ["codegen/package.json", "codegen"],
    ["clients/typescript/package.json", "clients/typescript/src"],
  ])("%s", (path, folder) => {
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, path), "utf8")) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    const imports = sourceFiles(folder, "schema").flatMap((file) => file.imports);
    const imported = new Set(
      imports
        .map((one) => one.specifier)
        .filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier))
        .map((specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")),
    );
    expect(imports.length).toBeGreaterThan(10);
    expect([...imported].sort()).toEqual(Object.keys(dependencies).sort());
  });
});
