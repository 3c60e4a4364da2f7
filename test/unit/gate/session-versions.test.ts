import { expect, test } from "vitest";
import { SessionVersions } from "../../../runtime/gate/entrance/session-versions.ts";
import { otherClients, unknownClient } from "../../../runtime/gate/route/deprecated-uses.ts";

test("sessions are counted by the version of their clients, from the hello to the end", () => {
  const versions = new SessionVersions();
  for (const version of [3, 3, 4, "0123456789abcdef"]) versions.set(unknownClient, version);
  // A session that is resumed by an updated client.
  versions.set(3, 4);
  expect(versions.entries([2, 3], 6)).toEqual([
    [2, 0],
    [3, 1],
    [4, 2],
    ["0123456789abcdef", 1],
    [unknownClient, 2],
  ]);
  for (const version of [3, 4, 4, "0123456789abcdef", unknownClient]) versions.remove(version);
  expect(versions.entries([2, 3], 0)).toEqual([
    [2, 0],
    [3, 0],
  ]);
});

test("clients that send numbers of their own are listed up to a limit, and the rest together", () => {
  const versions = new SessionVersions();
  for (let version = 1; version <= 1_000; version++) versions.set(unknownClient, version);
  versions.set(unknownClient, 777);
  const entries = versions.entries([5], 1_001);
  expect(entries.length).toBe(34);
  expect(entries.slice(0, 2)).toEqual([
    [5, 1],
    [777, 2],
  ]);
  expect(entries.at(-1)).toEqual([otherClients, 1_001 - 1 - 2 - 31]);
});
