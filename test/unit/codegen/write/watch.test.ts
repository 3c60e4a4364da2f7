import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FolderWatch, watchFolder } from "../../../../codegen/write/watch.ts";

let folder: string;
let watch: FolderWatch | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "photinus-watch-"));
  await mkdir(join(folder, "deep"));
});

afterEach(async () => {
  watch?.close();
  await rm(folder, { recursive: true });
});

describe("watching a schema folder", () => {
  it("calls once for several changes, and again for later ones, also after a failure", async () => {
    let calls = 0;
    const errors: unknown[] = [];
    let next = Promise.withResolvers<void>();
    const called = async () => {
      await next.promise;
      next = Promise.withResolvers();
    };
    watch = watchFolder(
      folder,
      async () => {
        calls++;
        next.resolve();
        if (calls === 1) throw new Error("wrong schema");
      },
      (error) => errors.push(error),
    );
    await writeFile(join(folder, "a.proto"), "1");
    await writeFile(join(folder, "deep/b.proto"), "1");
    await called();
    await writeFile(join(folder, "deep/b.proto"), "2");
    await called();
    expect(calls).toBe(2);
    expect(errors).toEqual([new Error("wrong schema")]);
  });

  it("sees a file that an editor replaces by renaming another one over it, each time", async () => {
    let next = Promise.withResolvers<void>();
    const onChange = async () => next.resolve();
    await writeFile(join(folder, "deep/b.proto"), "0");
    watch = watchFolder(folder, onChange, () => {});
    for (const text of ["1", "2", "3"]) {
      next = Promise.withResolvers();
      await writeFile(join(folder, "deep/b.tmp"), text);
      await rename(join(folder, "deep/b.tmp"), join(folder, "deep/b.proto"));
      await next.promise;
    }
  });

  it("sees files in a folder that was made later, and that the folder is gone", async () => {
    let next = Promise.withResolvers<void>();
    watch = watchFolder(
      folder,
      async () => next.resolve(),
      () => {},
    );
    await mkdir(join(folder, "later/deeper"), { recursive: true });
    await next.promise;
    next = Promise.withResolvers();
    await writeFile(join(folder, "later/deeper/c.proto"), "1");
    await next.promise;
    next = Promise.withResolvers();
    await rm(join(folder, "later"), { recursive: true });
    await next.promise;
  });
});
