import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { followLinks } from "../setup/links.ts";

/** What is built, what it needs of the schema, and texts: documentation, and what it names. */
const packable = [
  /^(dist|schema\/photinus)\//,
  /^(docs|generated\/docs)\/[\w.]+\.md$/,
  /^docs\/[\w.]+\.svg$/,
  /^generated\/(server|client)\/([\w-]+\/)*[\w.-]+\.ts$/,
  /^examples\/(\w[\w.-]*\/)+(\w[\w.-]*\.(ts|proto|md)|photinus\.lock\.json)$/,
  /^schema\/meadow\/\w+\.proto$/,
  /^test\/conformance\/vectors\/[\w-]+\.json$/,
  /^(clients\/typescript|codegen)\/README\.md$/,
  /^(package\.json|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|LICENSE)$/,
];

/** A stranger who has only the published packages, in an empty folder. */
export class Stranger {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.folder = folder;
    this.environment = {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
      XDG_RUNTIME_DIR: folder,
    };
    // These would tie the npm of the other folders to this project.
    for (const name of Object.keys(this.environment))
      if (/^(npm_|NODE_OPTIONS$|INIT_CWD$)/i.test(name)) delete this.environment[name];
  }

  /** Runs a program to its end and gives its output. */
  run(cwd: string, program: string, ...args: string[]): string {
    console.log(`$ ${program} ${args.join(" ")}`);
    return execFileSync(program, args, {
      cwd,
      env: this.environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  /** Packs a package, and gives the path of the tarball. */
  pack(from: string): string {
    const [packed] = JSON.parse(
      this.run(from, "npm", "pack", "--json", "--silent", "--pack-destination", this.folder),
    ) as [{ filename: string; files: { path: string }[] }];
    const paths = packed.files.map((file) => file.path);
    assert.ok(paths.length > 10, `${packed.filename} has files`);
    assert.ok(paths.includes("LICENSE"), `${packed.filename} has its licence`);
    const strange = paths.filter((path) => !packable.some((pattern) => pattern.test(path)));
    assert.deepEqual(strange, [], "only what is built and the usual texts are packed");
    return join(this.folder, packed.filename);
  }

  project(name: string, files: Readonly<Record<string, string>>): string {
    const home = join(this.folder, name);
    mkdirSync(home, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    return home;
  }

  install(home: string, ...packages: string[]): void {
    this.run(home, "npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", ...packages);
  }
}

/** Follows the links in all texts of an installed package; gives those that lead out of it, or nowhere. */
export function linksOutOf(packageFolder: string): readonly string[] {
  const texts = globSync("**/*.md", { cwd: packageFolder }).filter((path) => !path.includes("node_modules"));
  assert.ok(texts.includes("README.md"), "the package has a README");
  const { broken, followed } = followLinks(packageFolder, texts);
  assert.ok(followed > 0 || texts.length === 1, "links were followed");
  return broken;
}

/** The relative imports in the examples of an installed package that lead to no file of it. */
export function importsOutOf(packageFolder: string): readonly string[] {
  const modules = globSync("examples/**/*.ts", { cwd: packageFolder });
  assert.ok(modules.length > 10, "the package has examples");
  return modules.flatMap((path) => {
    const text = readFileSync(join(packageFolder, path), "utf8");
    const imports = Array.from(text.matchAll(/\bfrom "(\.[^"]+)"/g), ([, to = ""]) => to);
    return imports
      .filter((to) => !existsSync(join(packageFolder, dirname(path), to)))
      .map((to) => `${path} -> ${to}`);
  });
}
