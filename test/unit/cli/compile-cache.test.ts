import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compileCacheFolder } from "../../../runtime/cli/compile-cache.ts";

let home = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "photinus-home-"));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

test("compiled code lies in the user's cache folder, which nobody else may enter", () => {
  const folder = join(home, ".cache", "photinus", "compiled");
  expect(compileCacheFolder({}, home)).toBe(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const named = join(home, "elsewhere");
  expect(compileCacheFolder({ XDG_CACHE_HOME: named }, home)).toBe(join(named, "photinus", "compiled"));
  expect(compileCacheFolder({ XDG_CACHE_HOME: "not/absolute" }, home)).toBe(folder);
});

test.each(["", "compiled"])("a cache folder that others may write to is not used (photinus/%s)", (part) => {
  const path = join(home, ".cache", "photinus", part);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
  expect(compileCacheFolder({}, home)).toBeUndefined();
});

test("a link in the place of the cache folder is not followed", () => {
  const planted = join(home, "planted");
  mkdirSync(planted, { mode: 0o700 });
  mkdirSync(join(home, ".cache", "photinus"), { recursive: true, mode: 0o700 });
  symlinkSync(planted, join(home, ".cache", "photinus", "compiled"));
  expect(compileCacheFolder({}, home)).toBeUndefined();
});

test("a home that cannot be written to means no cache, not an error", () => {
  writeFileSync(join(home, "file"), "");
  expect(compileCacheFolder({}, join(home, "file"))).toBeUndefined();
});

test("a folder that the user has named to Node.js is left to Node.js", () => {
  expect(compileCacheFolder({ NODE_COMPILE_CACHE: "/somewhere" }, home)).toBeUndefined();
});
