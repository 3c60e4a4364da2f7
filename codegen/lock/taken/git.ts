import { spawnSync } from "node:child_process";
import { lockFileName } from "../lock.ts";

/** How long git may take for one question. */
const gitMs = 10_000;

/**
 * The texts of a schema's lock file that git has: HEAD's first, then those of tags that HEAD does not contain. Empty when
 * nothing below the root was ever committed. Undefined when git cannot say which numbers are taken: it is not there, the
 * folder is no part of a repository, or the schema is committed without its lock file.
 */
export function committedLocks(root: string): string[] | undefined {
  const tags = git(root, ["for-each-ref", "--no-merged=HEAD", "--format=%(refname)", "refs/tags"]);
  if (tags === undefined) {
    const isRepository = git(root, ["rev-parse", "--git-dir"]) !== undefined;
    const isUnborn = isRepository && git(root, ["rev-parse", "--verify", "--quiet", "HEAD"]) === undefined;
    return isUnborn && !isIgnored(root) ? [] : undefined;
  }
  const names = ["HEAD", ...tags.split("\n").filter((name) => name !== "")];
  const answer = git(
    root,
    ["cat-file", "--batch"],
    names.map((name) => `${name}:./${lockFileName}\n`).join(""),
  );
  if (answer === undefined) return undefined;
  const texts = blobsIn(answer);
  if (texts[0] === undefined) {
    const committed = git(root, ["ls-tree", "--name-only", "HEAD", "--", "."]);
    if (committed !== "" || isIgnored(root)) return undefined;
  }
  return texts.filter((text) => text !== undefined);
}

function isIgnored(root: string): boolean {
  return git(root, ["check-ignore", "--quiet", lockFileName]) !== undefined;
}

/** What `cat-file --batch` answers: a line with the size before each text, or a line that says that there is none. */
function blobsIn(answer: string): (string | undefined)[] {
  const bytes = Buffer.from(answer, "latin1");
  const texts: (string | undefined)[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(bytes.toString("latin1", at, end)) ?? [];
    at = end + 1;
    if (size === undefined) {
      texts.push(undefined);
      continue;
    }
    texts.push(bytes.toString("utf8", at, at + Number(size)));
    at += Number(size) + 1;
  }
  return texts;
}

/** What git answers, byte by byte; undefined when it fails or is not there. */
function git(root: string, args: readonly string[], input = ""): string | undefined {
  // A hook's variables would name its own repository, by a path that is relative to another folder.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^GIT_(?!CONFIG)/.test(name)),
  );
  const { status, stdout } = spawnSync("git", ["-C", root, ...args], {
    input,
    env,
    encoding: "latin1",
    timeout: gitMs,
    maxBuffer: 2 ** 30,
    windowsHide: true,
  });
  return status === 0 ? stdout : undefined;
}
