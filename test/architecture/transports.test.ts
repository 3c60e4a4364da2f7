import { expect, test } from "vitest";
import { sourceFiles } from "./source-tree.ts";

test("output, end and turns of a connection are put together in one place, which every transport of the server extends", () => {
  const files = sourceFiles("runtime/transport");
  const importers = (name: string) =>
    files.filter((file) => file.imports.some(({ path }) => path?.endsWith(name))).map((file) => file.path);
  const common = "runtime/transport/connection/connection-transport.ts";
  expect(importers("output/outbox.ts")).toEqual([common]);
  expect(importers("connection/ending.ts")).toEqual([common]);
  expect(importers("connection/connection-transport.ts")).toEqual([
    "runtime/transport/memory.ts",
    "runtime/transport/tcp.ts",
    "runtime/transport/websocket.ts",
  ]);
});
