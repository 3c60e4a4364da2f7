import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { World } from "../../integration/gate/world.ts";

/** Starts a script of this folder and waits for its first word. It is killed at the end of the test. */
export async function startChild(
  world: World,
  script: string,
  args: readonly string[],
): Promise<ChildProcess> {
  return (await startTelling(world, script, args)).child;
}

/** {@link startChild}, with what the child said. */
export async function startTelling<T>(
  world: World,
  script: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly said: T }> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(file, args, { execArgv: ["-C", "photinus-source"], stdio: "inherit" });
  world.atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const [said] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  return { child, said: said as T };
}
