import { blobTexts, git, mostBytes } from "../../repository.ts";
import { lockFileName } from "../lock.ts";

/**
 * Reads the committed texts of a schema's lock file: HEAD's first, then those of tags that HEAD does not contain. A tag counts
 * because a released program may run that was built from it.
 *
 * @param root folder of the schema
 * @returns an empty list when nothing below the root was ever committed; undefined when git cannot tell which numbers are taken:
 *   git is not installed, the folder is outside of a repository, the schema is committed without its lock file, git ignores that
 *   file, or the tags have more than 128 MiB of different lock files
 */
export function committedLocks(root: string): string[] | undefined {
  const tags = git(root, ["for-each-ref", "--no-merged=HEAD", "--format=%(refname)", "refs/tags"]);
  if (tags === undefined) {
    const isRepository = git(root, ["rev-parse", "--git-dir"]) !== undefined;
    const isUnborn = isRepository && git(root, ["rev-parse", "--verify", "--quiet", "HEAD"]) === undefined;
    return isUnborn && !isIgnored(root) ? [] : undefined;
  }
  const names = ["HEAD", ...tags.split("\n").filter((name) => name !== "")];
  const found = git(
    root,
    ["cat-file", "--batch-check"],
    names.map((name) => `${name}:./${lockFileName}\n`).join(""),
  );
  if (found === undefined) return undefined;
  const [head, ...others] = found.trimEnd().split("\n").map(blobIn);
  if (head === undefined) {
    const committed = git(root, ["ls-tree", "--name-only", "HEAD", "--", "."]);
    if (committed !== "" || isIgnored(root)) return undefined;
  }
  // Most tags share their text with another one: each blob is read once.
  const blobs = new Map([head, ...others].flatMap((blob) => (blob ? [[blob.id, blob.size] as const] : [])));
  const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  if (bytes > mostBytes) return undefined;
  return blobTexts(root, blobs);
}

function isIgnored(root: string): boolean {
  return git(root, ["check-ignore", "--quiet", lockFileName]) !== undefined;
}

/** Parses a line of `git cat-file --batch-check`; undefined when the commit has no such file. */
function blobIn(line: string): { readonly id: string; readonly size: number } | undefined {
  const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? [];
  return id === undefined ? undefined : { id, size: Number(size) };
}
