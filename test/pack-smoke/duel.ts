import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Stranger } from "./stranger.ts";

const example = fileURLToPath(new URL("../../examples/duel", import.meta.url));

/** A thought that no turn waits for: the duel stands still. */
const foreverMs = 3_600_000;

/** Copies the card duel out of the installed package; what is generated is left out. */
export function copyDuel(photinus: string, home: string): void {
  const from = join(photinus, "examples", "duel");
  cpSync(from, home, { recursive: true, filter: (path) => !path.startsWith(join(from, "generated")) });
}

/** The code that the packed generator has written into a folder is what the repository has of it. */
export function compareGenerated(folder: string): void {
  const wanted = globSync("{server,client}/**/*.ts", { cwd: join(example, "generated") }).sort();
  assert.ok(wanted.length > 10, "the repository has generated code");
  assert.deepEqual(globSync("{server,client}/**/*.ts", { cwd: folder }).sort(), wanted);
  for (const path of wanted) {
    const text = readFileSync(join(example, "generated", path), "utf8");
    assert.equal(readFileSync(join(folder, path), "utf8"), text, path);
  }
}

/** Generates by protoc and the packed plugin, and gives the folder of what it has written. */
export function generateByProtoc(stranger: Stranger, home: string): string {
  const out = join(home, "by-protoc");
  mkdirSync(out);
  stranger.run(
    home,
    "protoc",
    "--plugin=node_modules/.bin/protoc-gen-photinus",
    "--proto_path=schema",
    "--proto_path=node_modules/@photinus/codegen/dist/schema",
    `--photinus_out=${out}`,
    "--photinus_opt=targets=typescript-server,targets=typescript-client",
    ...globSync("**/*.proto", { cwd: join(home, "schema") }),
  );
  return out;
}

/**
 * Plays the card duel, which runs in `home`, by two players in processes of their own: once to the end, then while the
 * duel's arena is killed. Both hear of that.
 */
export async function playDuel(stranger: Stranger, home: string, url: string): Promise<void> {
  const guests: Guest[] = [];
  const join = (name: string, thinkMs: number) => {
    const guest = new Guest(home, { ...stranger.environment, DUEL_THINK_MS: String(thinkMs) }, name, url);
    guests.push(guest);
    return guest;
  };
  try {
    const ends = await Promise.all([join("Ada", 0), join("Bob", 0)].map((guest) => guest.ended()));
    const results = ends.map((lines) => lines.find((line) => /^(you have|the duel is) /.test(line))).sort();
    const [one] = results;
    assert.deepEqual(results, one === "the duel is drawn" ? [one, one] : ["you have lost", "you have won"]);

    const [eve, mio] = [join("Eve", foreverMs), join("Mio", foreverMs)];
    const [, arena] = /^duel \d+ opened in (\S+)$/.exec(await eve.until(/^duel /)) ?? [];
    await Promise.all([eve, mio].map((guest) => guest.until(/^turn /)));
    console.log(`$ kill -9 ${arena}`);
    process.kill(pidOf(arena ?? "", stranger, home), "SIGKILL");
    for (const lines of [await eve.ended(), await mio.ended()]) {
      assert.ok(lines.includes("the arena node of this session was lost"), lines.join("\n"));
      assert.ok(lines.includes("the duel is void: interrupted, without a winner"), lines.join("\n"));
    }
  } finally {
    for (const guest of guests) guest.kill();
  }
}

function pidOf(name: string, stranger: Stranger, home: string): number {
  const status = stranger.run(home, "npx", "--no-install", "photinus", "status", "--json");
  const { processes } = JSON.parse(status) as { processes: { name: string; pid: number }[] };
  const found = processes.find((process) => process.name === name);
  assert.ok(found, `${name} runs`);
  return found.pid;
}

/** A run of `play.ts`, as somebody starts it in a terminal. */
class Guest {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #closed: Promise<unknown>;
  #wake = () => {};

  constructor(home: string, environment: NodeJS.ProcessEnv, name: string, url: string) {
    this.#child = spawn(process.execPath, ["play.ts", name, url], {
      ...{ cwd: home, env: environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      console.log(`  ${name}: ${line}`);
      this.#lines.push(line);
      this.#wake();
    });
    this.#closed = once(this.#child, "close").then(() => this.#wake());
  }

  /** The first line that fits; rejects when the run ends without. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = this.#lines.find((one) => pattern.test(one));
      if (line !== undefined) return line;
      assert.equal(this.#child.exitCode, null, `the player has ended:\n${this.#lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** All lines, once the run has ended well. */
  async ended(): Promise<string[]> {
    await this.#closed;
    assert.equal(this.#child.exitCode, 0);
    return this.#lines;
  }
}
