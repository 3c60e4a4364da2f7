import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";

/** What is imported, directly or over others, from the main entry of an installed package. */
export function reachOf(packageFolder: string): { files: string[]; outside: string[] } {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as {
    exports: { ".": { default: string } };
  };
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, specifier = ""] of text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*["']([^"']+)["']/g)) {
      if (specifier.startsWith(".")) visit(resolve(dirname(file), specifier));
      else
        outside.add(isBuiltin(specifier) && !specifier.startsWith("node:") ? `node:${specifier}` : specifier);
    }
  };
  visit(resolve(packageFolder, manifest.exports["."].default));
  return { files: [...files], outside: [...outside] };
}

/** The names of all packages installed in a folder. */
export function installedIn(folder: string): string[] {
  const modules = join(folder, "node_modules");
  return readdirSync(modules)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    );
}
