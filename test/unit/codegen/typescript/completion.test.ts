import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** What an editor lists behind `service.` in a file that imports a module of the example as `service`. */
function completions(module: string): string[] {
  const text = `import * as service from "./generated/${module}";\nservice.`;
  const path = join(root, "editor.ts");
  const read = (file: string) => (file === path ? text : ts.sys.readFile(file));
  const host: ts.LanguageServiceHost = {
    getScriptFileNames: () => [path],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const found = read(file);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => ({
      module: ts.ModuleKind.NodeNext,
      allowImportingTsExtensions: true,
      noEmit: true,
      customConditions: ["photinus-source"],
    }),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: (file) => file === path || ts.sys.fileExists(file),
    readFile: read,
    directoryExists: ts.sys.directoryExists,
  };
  const service = ts.createLanguageService(host);
  const found = service.getCompletionsAtPosition(path, text.length, {});
  service.dispose();
  return found?.entries.map(({ name }) => name).sort() ?? [];
}

/** The functions that a module of the example exports, as its text has them. */
function functionsOf(module: string): string[] {
  const text = readFileSync(join(root, "generated", module), "utf8");
  return [...text.matchAll(/^export function (\w+)/gm)].map(([, name = ""]) => name).sort();
}

it.each([
  [
    "client/meadow/meadow.service.ts",
    ["enter", "flash", "forecast", "move", "onEntered", "onFlashed", "onLeft", "onMoved"],
  ],
  ["server/meadow/meadow.service.ts", ["implement", "pushEntered", "pushFlashed", "pushLeft", "pushMoved"]],
  ["server/meadow/players.service.ts", ["implement", "profile"]],
])("an editor lists the functions of %s behind the dot, and nothing else", (module, expected) => {
  expect(functionsOf(module)).toEqual(expected);
  expect(completions(module)).toEqual(expected);
});
