import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Until a game that was sent Ctrl-C has ended. */
const stopMs = 30_000;

/** The exit code of a program; undefined when it was killed, with its process group, after its time. */
export async function ended(child: ChildProcess, ms: number): Promise<number | undefined> {
  if (child.exitCode !== null) return child.exitCode;
  const exit = once(child, "exit") as Promise<[number | null]>;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    signal(child, "SIGKILL");
  }, ms);
  const [code] = await exit;
  clearTimeout(timer);
  return isLate ? undefined : (code ?? 1);
}

/**
 * Plays the new user of `npm start`: waits for the address of the page, opens it, and presses Ctrl-C. Answers what was wrong.
 *
 * @param child leads a process group of its own
 * @param output what it has printed so far
 */
export async function visit(
  child: ChildProcess,
  output: () => string,
  startMs: number,
): Promise<string | undefined> {
  const end = Date.now() + startMs;
  let served = false;
  while (!served && child.exitCode === null && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [, page] = /\bpage\b.*?(http:\/\/[\w.:-]+)/.exec(output()) ?? [];
    if (page === undefined) continue;
    const answer = await fetch(page).catch(() => undefined);
    served = answer?.ok === true && (await answer.text()).includes("<html");
  }
  if (child.exitCode === null) signal(child, "SIGINT");
  const code = await ended(child, stopMs);
  if (!served) return "its page was not served";
  return code === 0 ? undefined : `it ended with ${code ?? "a kill"} after Ctrl-C`;
}

/** To the whole process group, as the keys of a terminal do. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name);
}
