import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Desk, follow, type Played } from "../integration/readme/reader.ts";
import { snippetsOf, stepsOf, textOf } from "../integration/readme/snippets.ts";
import type { Stranger } from "./stranger.ts";

/** The tarballs of the packages that a line of the guide installs. */
export type InstallLines = ReadonlyMap<string, readonly string[]>;

const readyMs = 60_000;

/**
 * Follows the guide of the README in an empty folder: every file and every line as pasted. Only the packages come from tarballs
 * instead of a registry, and the client port is another one. Gives what each game did, and the folder.
 */
export async function followGuide(
  stranger: Stranger,
  installLines: InstallLines,
  port: number,
): Promise<{ readonly home: string; readonly games: readonly Played[] }> {
  const home = stranger.project("guide", {});
  const steps = stepsOf(snippetsOf(textOf("README.md", "Guide")));
  for (const installLine of installLines.keys())
    assert.ok(
      steps.some((step) => step.kind === "line" && step.line === installLine),
      `the guide says: ${installLine}`,
    );
  const started: ChildProcess[] = [];
  const desk: Desk = {
    write(name, text, isAddition) {
      const path = join(home, name);
      mkdirSync(dirname(path), { recursive: true });
      const printed = text.replaceAll("7700", String(port));
      if (isAddition) appendFileSync(path, `\n${printed}`);
      else writeFileSync(path, printed);
    },
    async run(line) {
      const tarballs = installLines.get(line);
      const words = line.split(" ").filter((word) => /^(npm|install|--)/.test(word));
      return stranger.run(home, "sh", "-c", tarballs ? [...words, ...tarballs].join(" ") : line);
    },
    async start(line) {
      console.log(`$ ${line} &`);
      const child = spawn("sh", ["-c", `exec ${line}`], {
        cwd: home,
        env: stranger.environment,
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
      });
      started.push(child);
      let log = "";
      const ended = once(child, "exit").then(([code]) => assert.equal(code, 0, log));
      ended.catch(() => {});
      const late = setTimeout(() => killGroup(child), readyMs);
      const isReady = new Promise<void>((resolve) => {
        child.stdout.on("data", (chunk: Buffer) => {
          log += chunk.toString();
          if (log.includes('"msg":"ready","gates"')) resolve();
        });
      });
      await Promise.race([
        isReady,
        ended.then(() => {
          throw new Error(`the game ended before it was ready:\n${log}`);
        }),
      ]).finally(() => clearTimeout(late));
      return {
        ended,
        get log() {
          return log;
        },
      };
    },
  };
  try {
    return { home, games: await follow(steps, desk) };
  } finally {
    for (const child of started) if (child.exitCode === null) killGroup(child);
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}
