import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../.ci/release.ts", import.meta.url));
let folder: string;

const changelog = `# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-01

- The first.
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-release-"));
  const packages = {
    "package.json": {
      name: "game",
      version: "0.1.0",
      workspaces: ["parts/*"],
      dependencies: { pino: "^1.0.0" },
    },
    "parts/client/package.json": { name: "@game/client", version: "0.1.0" },
    "parts/page/package.json": {
      name: "@game/page",
      version: "0.1.0",
      dependencies: { "@game/client": "^0.1.0" },
      peerDependencies: { game: "0.1.0" },
    },
  };
  for (const [path, manifest] of Object.entries(packages)) write(path, manifest);
  write("package-lock.json", {
    name: "game",
    version: "0.1.0",
    lockfileVersion: 3,
    packages: {
      "": packages["package.json"],
      "parts/client": packages["parts/client/package.json"],
      "parts/page": packages["parts/page/package.json"],
      "node_modules/@game/client": { resolved: "parts/client", link: true },
      "node_modules/pino": { version: "0.1.0" },
    },
  });
  writeFileSync(join(folder, "CHANGELOG.md"), changelog);
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "test");
  git("config", "user.email", "test@example.org");
  git("config", "commit.gpgsign", "false");
  git("config", "tag.gpgsign", "false");
  commitAll();
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, value: object): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), `${JSON.stringify(value, undefined, 2)}\n`);
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
}

function commitAll(): void {
  git("add", "--all");
  git("commit", "--quiet", "--message", "all");
}

function read(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

function run(...args: string[]): { status: number | null; out: string; complaint: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status, out: stdout, complaint: stderr };
}

describe("a release", () => {
  it("moves what is unreleased below version and date, sets the version everywhere, commits and tags", () => {
    const { status, out, complaint } = run("minor");
    expect(complaint).toBe("");
    expect(status).toBe(0);
    expect(out).toContain("Nothing was pushed or published");
    const today = new Date().toISOString().slice(0, 10);
    expect(read("CHANGELOG.md")).toBe(
      changelog.replace("## [Unreleased]\n", `## [Unreleased]\n\n## [0.2.0] - ${today}\n`),
    );
    for (const path of ["package.json", "parts/client/package.json", "parts/page/package.json"]) {
      expect(JSON.parse(read(path)).version).toBe("0.2.0");
    }
    const page = JSON.parse(read("parts/page/package.json"));
    expect([page.dependencies, page.peerDependencies]).toEqual([
      { "@game/client": "^0.2.0" },
      { game: "0.2.0" },
    ]);
    const lock = JSON.parse(read("package-lock.json"));
    expect([lock.version, lock.packages[""].version, lock.packages["parts/page"]]).toEqual([
      "0.2.0",
      "0.2.0",
      page,
    ]);
    expect(lock.packages["node_modules/pino"]).toEqual({ version: "0.1.0" });
    expect(git("log", "-1", "--format=%s")).toBe("Release 0.2.0");
    expect(git("cat-file", "-t", "v0.2.0")).toBe("tag");
    expect(git("rev-parse", "v0.2.0^{commit}")).toBe(git("rev-parse", "HEAD"));
    expect(git("status", "--porcelain")).toBe("");
  });

  it.each([
    ["patch", "0.1.1"],
    ["minor", "0.2.0"],
    ["major", "1.0.0"],
    ["0.10.0", "0.10.0"],
  ])("by %s is %s, and a dry run changes nothing", (wanted, version) => {
    const before = git("rev-parse", "HEAD");
    const { status, out } = run(wanted, "--dry-run");
    expect(status).toBe(0);
    expect(out).toContain(`would release ${version} (now 0.1.0)`);
    expect([git("rev-parse", "HEAD"), git("tag"), git("status", "--porcelain")]).toEqual([before, "", ""]);
  });

  it.each([
    [[], "usage: npm run release"],
    [["often"], 'invalid version "often"; usage: npm run release'],
    [["0.1.0"], "0.1.0 is not higher than the present version, 0.1.0"],
    [["0.0.9"], "0.0.9 is not higher"],
    [["1.0.0", "2.0.0"], "usage: npm run release"],
    [["patch", "--now"], "--now"],
  ])("is refused with the arguments %j", (args, complaint) => {
    const refused = run(...args);
    expect(refused.complaint).toContain(complaint);
    expect(refused.status).toBe(1);
    expect(git("tag")).toBe("");
  });

  it("is refused while the tree is not clean, the tag exists, or nothing is unreleased", () => {
    writeFileSync(join(folder, "notes.txt"), "");
    expect(run("patch").complaint).toContain("the working tree is not clean; commit or stash:\n?? notes.txt");
    rmSync(join(folder, "notes.txt"));
    git("tag", "v0.1.1");
    expect(run("patch").complaint).toContain("the tag v0.1.1 already exists");
    expect(run("minor").status).toBe(0);
    expect(run("minor").complaint).toContain('no entry below "## [Unreleased]"');
    expect(JSON.parse(read("package.json")).version).toBe("0.2.0");
    writeFileSync(join(folder, "CHANGELOG.md"), "# Changelog\n");
    commitAll();
    expect(run("minor").complaint).toContain('CHANGELOG.md has no section "## [Unreleased]"');
  });
});
