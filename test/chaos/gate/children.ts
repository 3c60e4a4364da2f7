import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { World } from "../../integration/gate/world.ts";

/** Starts a script of this folder and waits for its first message. It is killed at the end of the test. */
export async function startChild(
  world: World,
  script: string,
  args: readonly string[],
): Promise<ChildProcess> {
  return (await startWithMessage(world, script, args)).child;
}

/** Starts a script as {@link startChild} does. Resolves with the child and its first message. */
export async function startWithMessage<T>(
  world: World,
  script: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly message: T }> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = fork(file, args, { execArgv: ["-C", "photinus-source"], stdio: "inherit" });
  world.atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  return { child, message: message as T };
}
