import { describe, expect, test } from "vitest";
import { layerOf, type SourceFile, sourceFiles } from "./source-tree.ts";

/** Each part of the runtime, with the parts that it may import besides itself. */
const runtimeLayers: Readonly<Record<string, readonly string[]>> = {
  options: [],
  clock: ["options"],
  log: ["options"],
  wire: ["options", "clock", "log"],
  transport: ["options", "clock", "log", "wire"],
  rpc: ["options", "clock", "log", "wire", "transport"],
  tables: ["options", "clock", "log", "wire"],
  api: ["clock", "log", "wire", "tables"],
  node: ["options", "clock", "log", "wire", "tables", "transport", "rpc", "api"],
  gate: ["options", "clock", "log", "wire", "transport", "rpc", "api"],
  process: ["options", "clock", "log", "wire", "tables", "transport", "rpc", "api", "node", "gate"],
  cli: ["clock", "log", "options", "tables", "transport", "process"],
  // What `import "photinus"` gives.
  "index.ts": ["clock", "log", "wire", "tables", "transport", "rpc", "api", "node", "gate", "process"],
  "main.ts": ["cli"],
};

/** Every import that a rule forbids, as "file -> import". */
function offences(
  files: readonly SourceFile[],
  isAllowed: (path: string | undefined, specifier: string, file: SourceFile) => boolean,
) {
  const imports = files.flatMap((file) => file.imports.map((one) => ({ file, one })));
  expect(imports.length).toBeGreaterThan(0);
  return imports
    .filter(({ file, one }) => !isAllowed(one.path, one.specifier, file))
    .map(({ file, one }) => `${file.path} -> ${one.specifier}`);
}

describe("imports", () => {
  test("every part of the runtime is known, and imports only the parts before it", () => {
    const files = sourceFiles("runtime");
    expect(new Set(files.map((file) => layerOf(file.path)))).toEqual(new Set(Object.keys(runtimeLayers)));
    const wrong = offences(files, (path, _specifier, file) => {
      if (path === undefined || path.startsWith("schema/")) return true;
      const from = layerOf(file.path);
      const to = layerOf(path);
      return path.startsWith("runtime/") && (to === from || runtimeLayers[from]!.includes(to));
    });
    expect(wrong).toEqual([]);
  });

  test("gate and node are siblings: neither imports the other", () => {
    const wrong = [
      ...offences(sourceFiles("runtime/gate"), (path) => !path?.startsWith("runtime/node/")),
      ...offences(sourceFiles("runtime/node"), (path) => !path?.startsWith("runtime/gate/")),
    ];
    expect(wrong).toEqual([]);
  });

  test("the generator imports itself, the schema's model and packages, never the runtime", () => {
    const wrong = offences(
      sourceFiles("codegen"),
      (path) => path === undefined || path.startsWith("codegen/") || path.startsWith("schema/"),
    );
    expect(wrong).toEqual([]);
  });

  test("the schema's model imports nothing of ours", () => {
    const files = sourceFiles("schema");
    expect(files.length).toBeGreaterThan(0);
    const wrong = files.flatMap((file) => file.imports.filter((one) => !one.path?.startsWith("schema/")));
    expect(wrong).toEqual([]);
  });

  test("neither runtime, generator nor client imports a package of ours by name", () => {
    const files = sourceFiles("runtime", "codegen", "schema", "clients/typescript/src");
    const wrong = offences(files, (_path, specifier) => !/^(photinus|@photinus\/)/.test(specifier));
    expect(wrong).toEqual([]);
  });

  test("generated server code imports only the api and its own files", () => {
    const wrong = offences(
      sourceFiles("generated/server"),
      (path, specifier) => specifier === "photinus/v1" || (path?.startsWith("generated/server/") ?? false),
    );
    expect(wrong).toEqual([]);
  });

  test("generated client code imports only the client and its own files, and only node.ts the client for Node.js", () => {
    const wrong = offences(sourceFiles("generated/client"), (path, specifier, file) => {
      const client = file.path.endsWith("/node.ts") ? "@photinus/client/node" : "@photinus/client";
      return specifier === client || (path?.startsWith("generated/client/") ?? false);
    });
    expect(wrong).toEqual([]);
  });
});
