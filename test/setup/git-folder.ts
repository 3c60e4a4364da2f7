import { execFileSync } from "node:child_process";

/** Runs git in a folder, as a user of its own. */
export function gitIn(folder: string, ...args: readonly string[]): void {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
  execFileSync("git", ["-C", folder, ...identity, ...args], { stdio: "ignore" });
}

/** Commits all files of a folder, which must be a git repository. */
export function commitIn(folder: string): void {
  gitIn(folder, "add", "-A");
  gitIn(folder, "commit", "-q", "--allow-empty", "-m", "x");
}
