import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Pair } from "./corpus/pair.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const executable = join(root, "node_modules/@bufbuild/buf/bin/buf");

/** Exit code of `buf breaking` for a schema with changes that break. */
export const foundChanges = 100;

/** Runs buf in a folder; resolves with its exit code and output. */
export function buf(
  folder: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: Buffer; readonly errors: string }> {
  const options = {
    cwd: folder,
    maxBuffer: 2 ** 26,
    env: { ...process.env, HOME: tmpdir() },
    encoding: "buffer",
  } as const;
  return promisify(execFile)(process.execPath, [executable, ...args], options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, errors: stderr.toString() }),
    (error: { code: number; stdout: Buffer; stderr: Buffer }) => ({
      code: error.code,
      out: error.stdout,
      errors: error.stderr.toString(),
    }),
  );
}

/** Files of one module that holds the schemas of all pairs on one side, each in a folder and a package of its own. */
export async function writeSide(
  folder: string,
  pairs: readonly Pair[],
  side: "before" | "after",
): Promise<void> {
  await cp(join(root, "schema/photinus/options.proto"), join(folder, "photinus/options.proto"), {
    recursive: true,
  });
  await writeFile(join(folder, "buf.yaml"), "version: v2\nbreaking:\n  use: [WIRE, WIRE_JSON]\n");
  for (const [at, pair] of pairs.entries()) {
    for (const [path, text] of Object.entries(pair[side])) {
      const file = join(folder, `p${at}`, path);
      await mkdir(dirname(file), { recursive: true });
      // buf links all files of a module, so that the packages of the pairs must differ.
      await writeFile(file, text.replace(/^package (\w+);/m, `package p${at}.$1;`));
    }
  }
}

/**
 * Runs `buf breaking` with the categories WIRE and WIRE_JSON over pairs of schemas.
 *
 * @returns for each pair the ids of the rules that buf finds broken, sorted
 * @throws Error when buf cannot compile a schema
 */
export async function bufFindings(pairs: readonly Pair[]): Promise<string[][]> {
  const folder = await mkdtemp(join(tmpdir(), "photinus-buf-"));
  try {
    const [before, after] = [join(folder, "before"), join(folder, "after")];
    await mkdir(before);
    await mkdir(after);
    await writeSide(before, pairs, "before");
    await writeSide(after, pairs, "after");
    const { code, out, errors } = await buf(
      folder,
      "breaking",
      after,
      "--against",
      before,
      "--error-format",
      "json",
    );
    const text = out.toString();
    if (code !== 0 && code !== foundChanges) throw new Error(`buf: ${errors}${text}`);
    const found = pairs.map(() => new Set<string>());
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const {
        path = "",
        type,
        message,
      } = JSON.parse(line) as { path?: string; type: string; message: string };
      const pair = /\bp(\d+)\//.exec(path)?.[1] ?? /\bp(\d+)\b/.exec(message)?.[1];
      found[Number(pair)]?.add(type);
    }
    return found.map((types) => [...types].sort());
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Ids of buf's rules in these categories, sorted. */
export async function bufRules(categories: readonly string[]): Promise<string[]> {
  const { out } = await buf(root, "config", "ls-breaking-rules", "--version", "v2", "--format", "json");
  const listed = out
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly id: string; readonly categories: readonly string[] });
  return listed
    .filter((rule) => rule.categories.some((one) => categories.includes(one)))
    .map(({ id }) => id)
    .sort();
}
