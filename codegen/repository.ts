import { spawnSync } from "node:child_process";

/** Timeout of one git command, in ms. */
const gitMs = 10_000;

/** Most bytes of files that are read from git at once. The lock file of 10,000 messages has 3 MB. */
export const mostBytes = 2 ** 27;

/**
 * Reads texts from a repository; undefined when git fails or is not installed.
 *
 * @param root a folder of the repository
 * @param blobs sizes in bytes by object id, at most {@link mostBytes} together
 * @returns the texts in the order of the blobs
 */
export function blobTexts(root: string, blobs: ReadonlyMap<string, number>): string[] | undefined {
  const answer = gitBytes(root, ["cat-file", "--batch"], [...blobs.keys()].map((id) => `${id}\n`).join(""));
  return answer && textsIn(answer, [...blobs.values()]);
}

/** Parses the output of `git cat-file --batch`: a header line before each text, and a line feed after it. */
function textsIn(answer: Buffer, sizes: readonly number[]): string[] {
  let at = 0;
  return sizes.map((size) => {
    const start = answer.indexOf("\n", at) + 1;
    at = start + size + 1;
    return answer.toString("utf8", start, start + size);
  });
}

/** Runs git in a folder and returns its output as text; undefined when git fails or is not installed. */
export function git(root: string, args: readonly string[], input = ""): string | undefined {
  return gitBytes(root, args, input)?.toString("utf8");
}

/** Runs git in a folder and returns its output; undefined when it fails, is missing, or exceeds the timeout or the buffer. */
function gitBytes(root: string, args: readonly string[], input: string): Buffer | undefined {
  // Inside a git hook, variables such as GIT_DIR name the hook's repository by a path relative to another folder.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^GIT_(?!CONFIG)/.test(name)),
  );
  const { status, stdout } = spawnSync("git", ["-C", root, ...args], {
    input,
    env,
    timeout: gitMs,
    maxBuffer: 2 * mostBytes,
    windowsHide: true,
  });
  return status === 0 ? stdout : undefined;
}
