import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWithLog } from "../../../../runtime/tables/sqlite/open-with-log.ts";
import type { Opening } from "./opener.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-open-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a new file may be opened by several at the same moment", async () => {
  const files = Array.from({ length: 40 }, (_, index) => join(folder, `${index}.sqlite`));
  const threadCount = 2;
  const arrived = new Int32Array(new SharedArrayBuffer(4 * files.length));
  const workerData: Opening = { files, threadCount, arrived };
  const threads = Array.from(
    { length: threadCount },
    () => new Worker(new URL("opener.ts", import.meta.url), { workerData }),
  );
  const refusals = await Promise.all(threads.map(async (thread) => (await once(thread, "message"))[0]));
  expect(refusals).toEqual([[], []]);
});

test("a file that stays locked is refused after the wait", () => {
  const file = join(folder, "locked.sqlite");
  const other = new DatabaseSync(file);
  try {
    other.exec("BEGIN EXCLUSIVE");
    expect(() => openWithLog(file, 20)).toThrow("database is locked");
  } finally {
    other.close();
  }
});

test("a file that is no database is refused at once", () => {
  expect(() => openWithLog(folder, 60_000)).toThrow("unable to open");
});
