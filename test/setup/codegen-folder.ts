import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type CodegenOptions, codegen } from "../../codegen/cli/codegen.ts";
import type { JobFlags } from "../../codegen/cli/jobs.ts";
import { commitIn, gitIn } from "./git-folder.ts";

/** A folder that codegen runs in, another one for each test of a file. */
export class CodegenFolder {
  path = "";
  printed: string[] = [];
  complained: string[] = [];
  /** All that was printed or complained of. */
  lines: string[] = [];

  /** To be called once in a file, outside of its tests. */
  static forEachTest(): CodegenFolder {
    const folder = new CodegenFolder();
    beforeEach(async () => {
      folder.path = await mkdtemp(join(tmpdir(), "photinus-codegen-"));
      folder.forget();
    });
    afterEach(() => rm(folder.path, { recursive: true }));
    return folder;
  }

  readonly output = {
    print: (line: string): void => {
      this.printed.push(line);
      this.lines.push(line);
    },
    complain: (line: string): void => {
      this.complained.push(line);
      this.lines.push(line);
    },
  };

  readonly run = (flags: JobFlags = {}, options: Partial<CodegenOptions> = {}): Promise<boolean> =>
    codegen(flags, { folder: this.path, check: false, watch: false, output: this.output, ...options });

  readonly put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(this.path, path)), { recursive: true });
    await writeFile(join(this.path, path), text);
  };

  /** Runs git in the folder. */
  readonly git = (...args: readonly string[]): void => gitIn(this.path, ...args);

  /** Commits all files of the folder. */
  readonly commit = (): void => commitIn(this.path);

  readonly read = (path: string): Promise<string> => readFile(join(this.path, path), "utf8");

  /** Paths of the files below a folder, in order. */
  readonly files = async (path = "."): Promise<string[]> => {
    const entries = await readdir(join(this.path, path), { recursive: true, withFileTypes: true });
    const found = entries.filter((entry) => entry.isFile());
    return found.map((entry) => join(entry.parentPath, entry.name).slice(this.path.length + 1)).sort();
  };

  /** Begins to collect lines anew. */
  forget(): void {
    this.printed = [];
    this.complained = [];
    this.lines = [];
  }
}
