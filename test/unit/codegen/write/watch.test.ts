import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
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
});
