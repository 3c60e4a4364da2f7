import { isBuiltin } from "node:module";
import { ts } from "ts-morph";
import { describe, expect, test } from "vitest";
import { placeOf, readSource, type SourceFile, sourceFiles, walk } from "./source-tree.ts";

/** Every file that is loaded, or whose types are read, when `entry` is imported. */
function reachedFrom(entry: string): readonly SourceFile[] {
  const reached = new Map<string, SourceFile>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    const file = readSource(path);
    reached.set(path, file);
    for (const one of file.imports) if (one.path !== undefined) visit(one.path);
  };
  visit(entry);
  return [...reached.values()];
}

const shared = /^(clients\/typescript\/src|runtime\/wire|runtime\/clock|runtime\/log|runtime\/options)\//;
const sharedFiles = [
  "schema/errors.ts",
  "schema/caller.ts",
  "schema/suggest.ts",
  "runtime/transport/transport.ts",
  ...["cipher-transport", "record-splitter", "handshake-bytes"].map(
    (name) => `runtime/transport/cipher/${name}.ts`,
  ),
];

function isShared(path: string): boolean {
  return shared.test(path) || sharedFiles.includes(path);
}

describe("the client", () => {
  test("reaches, from its main entry, no package, no Node.js and no part of the server", () => {
    const files = reachedFrom("clients/typescript/src/index.ts");
    expect(files.length).toBeGreaterThan(5);
    const packages = files.flatMap((file) =>
      file.imports.filter((one) => one.path === undefined).map((one) => `${file.path} -> ${one.specifier}`),
    );
    expect(packages).toEqual([]);
    const foreign = files.map((file) => file.path).filter((path) => !isShared(path));
    expect(foreign).toEqual([]);
    expect(files.filter((file) => file.path.includes("/src/node/"))).toEqual([]);
  });

  test("reaches, from its entry for Node.js, nothing but Node.js besides", () => {
    const files = reachedFrom("clients/typescript/src/node/index.ts");
    expect(files.length).toBeGreaterThan(5);
    const packages = files.flatMap((file) =>
      file.imports
        .filter((one) => one.path === undefined && !isBuiltin(one.specifier))
        .map((one) => `${file.path} -> ${one.specifier}`),
    );
    expect(packages).toEqual([]);
    const foreign = files.map((file) => file.path).filter((path) => !isShared(path));
    expect(foreign.filter((path) => !path.startsWith("runtime/transport/"))).toEqual([]);
  });
});

describe("the client's cipher", () => {
  test("reaches the parts that run in browsers, its part of the transports, and the packages of @noble alone", () => {
    const files = reachedFrom("clients/typescript/src/cipher/cipher.ts");
    expect(files.length).toBeGreaterThan(5);
    const packages = files.flatMap((file) =>
      file.imports.filter((one) => one.path === undefined).map((one) => one.specifier),
    );
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.filter((name) => !name.startsWith("@noble/"))).toEqual([]);
    const foreign = files.map((file) => file.path).filter((path) => !isShared(path));
    expect(foreign).toEqual([]);
  });
});

describe("the parts that run in browsers too", () => {
  test("import no module of Node.js, and use no global of it", () => {
    const files = sourceFiles("runtime/wire", "runtime/clock", "runtime/log", ...sharedFiles);
    expect(files.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const file of files) {
      for (const one of file.imports) {
        if (one.path === undefined) wrong.push(`${file.path} -> ${one.specifier}`);
      }
      walk(file.tree, (node) => {
        if (!ts.isIdentifier(node)) return;
        const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
        if (!isMember && ["Buffer", "process", "setImmediate", "require", "__dirname"].includes(node.text)) {
          wrong.push(`${placeOf(file, node)} uses ${node.text}`);
        }
      });
    }
    expect(wrong).toEqual([]);
  });
});
