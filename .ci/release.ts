/**
 * `npm run release -- patch|minor|major|x.y.z [--dry-run]` releases the working tree in one commit with an annotated tag. The
 * section "Unreleased" of CHANGELOG.md gets version and date; every package of the workspace and the lock file get the
 * version. The script pushes and publishes nothing. `--dry-run` prints the steps and changes nothing.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

/** Error that a person can fix; printed without its stack. */
class Refusal extends Error {}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly workspaces?: readonly string[];
  readonly [section: string]: unknown;
}

const usage = "usage: npm run release -- patch|minor|major|x.y.z [--dry-run]";
const versionForm = /^(\d+)\.(\d+)\.(\d+)$/;
const dependencySections = [
  "dependencies",
  "devDependencies",
  "peerDependencies",
  "optionalDependencies",
] as const;

/** Returns the version to release: the next one for a step, or the wanted version when it is higher than the present. */
function nextVersion(present: string, wanted: string): string {
  const numbers = versionForm.exec(present)?.slice(1).map(Number);
  if (numbers === undefined) throw new Refusal(`package.json has the version ${present}; expected x.y.z`);
  const [major = 0, minor = 0, patch = 0] = numbers;
  if (wanted === "major") return `${major + 1}.0.0`;
  if (wanted === "minor") return `${major}.${minor + 1}.0`;
  if (wanted === "patch") return `${major}.${minor}.${patch + 1}`;
  const given = versionForm.exec(wanted)?.slice(1).map(Number);
  if (given === undefined) throw new Refusal(`invalid version "${wanted}"; ${usage}`);
  const difference = given.map((number, at) => number - numbers[at]!).find((one) => one !== 0) ?? 0;
  if (difference <= 0) throw new Refusal(`${wanted} is not higher than the present version, ${present}`);
  return given.join(".");
}

/** Returns the changelog with the "Unreleased" entries below a heading of the version, and an empty "Unreleased" above it. */
function releasedChangelog(changelog: string, version: string, date: string): string {
  const heading = /^## \[Unreleased\][ \t]*\n/m.exec(changelog);
  if (heading === null) throw new Refusal('CHANGELOG.md has no section "## [Unreleased]"');
  const start = heading.index + heading[0].length;
  const rest = changelog.slice(start);
  const end = /^## |^\[[^\]]+\]: /m.exec(rest)?.index ?? rest.length;
  const entries = rest.slice(0, end).trim();
  if (!/^[-*] /m.test(entries)) throw new Refusal('CHANGELOG.md has no entry below "## [Unreleased]"');
  const section = `## [${version}] - ${date}\n\n${entries}\n`;
  const after = rest.slice(end);
  return `${changelog.slice(0, start)}\n${section}${after === "" ? "" : `\n${after}`}`;
}

/** Returns a manifest, or a package of the lock file, with the new version for itself and its dependencies in the workspace. */
function withVersion(manifest: Manifest, version: string, own: ReadonlySet<string>): Manifest {
  const changed: Record<string, unknown> = { ...manifest };
  if (manifest.version !== undefined) changed["version"] = version;
  for (const section of dependencySections) {
    const dependencies = manifest[section] as Readonly<Record<string, string>> | undefined;
    if (dependencies === undefined) continue;
    changed[section] = Object.fromEntries(
      Object.entries(dependencies).map(([name, range]) => [
        name,
        own.has(name) ? range.replace(/^([\^~]?)\d.*$/, `$1${version}`) : range,
      ]),
    );
  }
  return changed;
}

interface Lock extends Manifest {
  readonly packages: Readonly<Record<string, Manifest>>;
}

/** Returns the new text of each file that a release changes, by path. */
function releasedFiles(version: string, date: string): ReadonlyMap<string, string> {
  const json = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const text = (value: Manifest) => `${JSON.stringify(value, undefined, 2)}\n`;
  const workspaces = json("package.json").workspaces ?? [];
  const folders = ["", ...workspaces.flatMap((pattern) => globSync(pattern)).sort()];
  const manifests = new Map(folders.map((folder) => [folder, json(join(folder, "package.json"))]));
  const own = new Set([...manifests.values()].flatMap(({ name }) => (name === undefined ? [] : [name])));
  const files = new Map<string, string>();
  files.set("CHANGELOG.md", releasedChangelog(readFileSync("CHANGELOG.md", "utf8"), version, date));
  for (const [folder, manifest] of manifests) {
    files.set(join(folder, "package.json"), text(withVersion(manifest, version, own)));
  }
  const lock = json("package-lock.json") as Lock;
  const packages = Object.entries(lock.packages).map(([folder, entry]) => [
    folder,
    manifests.has(folder) ? withVersion(entry, version, own) : entry,
  ]);
  files.set("package-lock.json", text({ ...lock, version, packages: Object.fromEntries(packages) }));
  return files;
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

function release(wanted: string, isDry: boolean): void {
  const changes = git("status", "--porcelain");
  if (changes !== "") throw new Refusal(`the working tree is not clean; commit or stash:\n${changes}`);
  const { version: present = "" } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const version = nextVersion(present, wanted);
  const tag = `v${version}`;
  if (git("tag", "--list", tag) !== "") throw new Refusal(`the tag ${tag} already exists`);
  const files = releasedFiles(version, new Date().toISOString().slice(0, 10));
  const paths = [...files.keys()];
  if (isDry) {
    console.log(`would release ${version} (now ${present}): change ${paths.join(", ")}; commit; tag ${tag}`);
    return;
  }
  for (const [path, text] of files) writeFileSync(path, text);
  git("add", "--", ...paths);
  git("commit", "--quiet", "--message", `Release ${version}`);
  git("tag", "--annotate", tag, "--message", `Release ${version}`);
  console.log(`released ${version}: one commit, and the tag ${tag}. Nothing was pushed or published; next:`);
  console.log(`  git push --follow-tags`);
  console.log(`  npm run build && npm publish --workspaces --include-workspace-root --access public`);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "dry-run": { type: "boolean", default: false } },
  });
  const [wanted, ...more] = positionals;
  if (wanted === undefined || more.length > 0) throw new Refusal(usage);
  release(wanted, values["dry-run"]);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  // git explains its failures on its standard error.
  const detail = "stderr" in error ? String(error.stderr).trim() : "";
  console.error(
    `release: ${error.message}${detail === "" || error.message.includes(detail) ? "" : `\n${detail}`}`,
  );
  process.exitCode = 1;
}
