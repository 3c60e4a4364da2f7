import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ownFolder, ownSchemaFolder } from "../load/files.ts";
import { hashOf, readIfThere } from "../write/text.ts";

/**
 * Hash that identifies this version of the generator: its code, its own schema files, and the versions of the libraries that
 * parse and render. While it stays the same, equal inputs give equal files.
 *
 * @throws Error when the package is incomplete
 */
export function hashOfGenerator(): string {
  const schema = ownSchemaFolder();
  const root = dirname(schema);
  const { resolve } = createRequire(import.meta.url);
  const texts = ["protobufjs/package.json", "handlebars/package.json"].map((name) => {
    const { version } = JSON.parse(readFileSync(resolve(name), "utf8")) as { version: string };
    return `${name} ${version}`;
  });
  const folders = [
    { folder: join(root, "codegen"), recursive: true },
    { folder: schema, recursive: false },
    { folder: join(schema, ownFolder), recursive: false },
  ];
  for (const { folder, recursive } of folders) {
    const names = readdirSync(folder, { recursive, encoding: "utf8" }).map((name) =>
      name.replaceAll("\\", "/"),
    );
    for (const name of names.sort()) {
      // In a checkout, built files stand beside the sources.
      if (/^(dist|node_modules)\//.test(name)) continue;
      if (!/\.(ts|js|proto)$/.test(name) || name.endsWith(".d.ts")) continue;
      texts.push(name, readIfThere(join(folder, name)) ?? "");
    }
  }
  return hashOf(...texts);
}
