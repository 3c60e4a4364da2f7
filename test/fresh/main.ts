/**
 * `npm run test:fresh`: the README's two commands on a machine where nothing was installed by hand. Makes a bare Debian root
 * with nothing but Node.js and npm in it, clones the last commit into it, runs `npm ci && npm start` there until the page is
 * served, then `npm ci && npm test`. The last line is "fresh: start ok, test ok", else the exit code is 1.
 *
 * `-- --check` only says whether it can run here. `-- --keep` leaves the root for a look inside.
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BareRoot, obstacle } from "./bare-root.ts";
import { ended, visit } from "./visit.ts";

/** Until the game serves its page, installation included. */
const startMs = 180_000;
const testMs = 60 * 60_000;

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const flags = process.argv.slice(2);
const because = obstacle();
if (because !== undefined) {
  console.error(`fresh: cannot run, since it needs a bare Debian root and ${because}`);
  process.exit(flags.includes("--check") ? 0 : 1);
}
if (flags.includes("--check")) {
  console.log("fresh: can run here");
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "photinus-fresh-"));
const game = "/srv/photinus";
let root: BareRoot;

/** Runs one of the README's commands; what it prints is in a file. */
async function attempt(name: string, work: (log: string) => Promise<boolean>): Promise<boolean> {
  const log = join(folder, `${name}.log`);
  console.log(`${name} ... (${log})`);
  const isGood = await work(log);
  if (!isGood) console.log(readFileSync(log, "utf8").split("\n").slice(-60).join("\n"));
  return isGood;
}

function begin(command: string, log: string): ChildProcess {
  const file = openSync(log, "a");
  const child = root.start(game, command, file);
  closeSync(file);
  return child;
}

let start = false;
let test = false;
try {
  const log = openSync(join(folder, "root.log"), "a");
  console.log(`a bare Debian root in ${folder} ...`);
  root = new BareRoot(join(folder, "root"), log);
  closeSync(log);
  mkdirSync(join(root.path, "srv"), { recursive: true });
  execFileSync("git", ["clone", "--quiet", checkout, join(root.path, game)]);
  const dirty = execFileSync("git", ["status", "--porcelain"], { cwd: checkout, encoding: "utf8" });
  if (dirty !== "") console.log("what is not committed is not part of it");
  start = await attempt("start", async (file) => {
    const wrong = await visit(
      begin("npm ci && exec npm start", file),
      () => readFileSync(file, "utf8"),
      startMs,
    );
    if (wrong !== undefined) console.log(`npm start: ${wrong}`);
    return wrong === undefined;
  });
  test = await attempt(
    "test",
    async (file) => (await ended(begin("npm ci && npm test", file), testMs)) === 0,
  );
} finally {
  if (!flags.includes("--keep") && start && test) rmSync(folder, { recursive: true, force: true });
  else console.log(`left for a look: ${folder}`);
}
console.log(`fresh: start ${start ? "ok" : "failed"}, test ${test ? "ok" : "failed"}`);
process.exitCode = start && test ? 0 : 1;
