import { expect, test } from "vitest";
import { isPhotinusError, type StateEvent } from "../../../clients/typescript/src/index.ts";
import { errorCodes } from "../../../schema/errors.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, note, other } from "./notes.ts";

const upgrade = {
  tooNew: false,
  minRelease: 4,
  serverRelease: 5,
  change: "command 201 has another reply",
  url: "https://play.example/update",
};
const kick = { code: errorCodes.UPGRADE_REQUIRED, reason: "the client's release 3 is too old", ...upgrade };
const hours = 36_000_000;

test("the hello has the release of the option, and none by default", async () => {
  const server = new FakeServer();
  await server.connect({ release: 3 });
  await settled();
  expect(server.peer.hello.release).toBe(3);
  await server.connect();
  await settled();
  expect(server.peer.hello.release).toBe(0);
});

test("an invalid release is an invalid option", async () => {
  const server = new FakeServer();
  for (const release of [-1, 0.5, 2 ** 32])
    await expect(server.connect({ release })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: expect.stringContaining("release: found"),
    });
});

test("a first attempt that is refused rejects with the release that the server expects, and is the only one", async () => {
  const server = new FakeServer();
  server.greeting = undefined;
  const connecting = server.connect({ release: 3 });
  await settled();
  server.peer.kick(kick);
  const error: unknown = await connecting.catch((thrown: unknown) => thrown);
  expect(isPhotinusError(error)).toBe(true);
  expect(error).toMatchObject({ code: "UPGRADE_REQUIRED", reason: kick.reason, upgrade });
  server.clock.advance(hours);
  await settled();
  expect(server.peers).toHaveLength(1);
});

test("a client that is refused when it comes back gets one event, fails all calls, and stays closed", async () => {
  const server = new FakeServer();
  server.greeting = { resumeToken: Uint8Array.of(1) };
  const seen: StateEvent[] = [];
  const connection = await server.connect({ release: 3, onState: (event) => seen.push(event) });
  const sent = connection.request(ask, note(1));
  const repeatable = connection.request({ ...other, idempotent: true }, note(2));
  await settled();
  server.greeting = undefined;
  server.peer.transport.destroy();
  await settled();
  const waiting = connection.request(ask, note(3));
  const outcomes = Promise.allSettled([sent, repeatable, waiting]);
  server.clock.advance(250);
  await settled();
  server.peer.kick(kick);
  const errors = (await outcomes).map((one) => (one.status === "rejected" ? one.reason : undefined));
  for (const error of errors) expect(error).toMatchObject({ code: "UPGRADE_REQUIRED", upgrade });
  expect(errors.map(({ outcome }) => outcome)).toEqual(["may have run", "may have run", "not sent"]);
  expect(new Set(errors).size).toBe(3);
  server.clock.advance(hours);
  await settled();
  expect(server.peers).toHaveLength(2);
  expect(seen.map(({ state, cause }) => [state, cause])).toEqual([
    ["reconnecting", "lost"],
    ["closed", "upgrade"],
  ]);
  expect(seen[0]?.upgrade).toBeUndefined();
  expect(seen[1]).toMatchObject({ code: "UPGRADE_REQUIRED", reason: kick.reason, retryInMs: 0, upgrade });
  await expect(connection.request(ask, note(4))).rejects.toMatchObject({ code: "UPGRADE_REQUIRED", upgrade });
  expect(connection.pendingCount).toBe(0);
});

test("a client that is newer than the server is told so", async () => {
  const server = new FakeServer();
  server.greeting = undefined;
  const connecting = server.connect({ release: 6 });
  await settled();
  server.peer.kick({ ...kick, tooNew: true, change: "", url: "" });
  await expect(connecting).rejects.toMatchObject({
    code: "UPGRADE_REQUIRED",
    upgrade: { tooNew: true, serverRelease: 5, change: "", url: "" },
  });
});

test("no other kick has a release", async () => {
  const server = new FakeServer();
  const seen: StateEvent[] = [];
  const connection = await server.connect({ onState: (event) => seen.push(event) });
  server.peer.kick({ code: errorCodes.ALREADY_EXISTS, reason: "logged in elsewhere" });
  await settled();
  expect(seen).toEqual([expect.objectContaining({ cause: "kick", upgrade: undefined })]);
  await expect(connection.request(ask, note(1))).rejects.toMatchObject({
    code: "UNAVAILABLE",
    upgrade: undefined,
  });
});

test("a client that must be upgraded does not reconnect, even if the kick allows it after the welcome", async () => {
  const server = new FakeServer();
  const seen: StateEvent[] = [];
  const connection = await server.connect({ release: 3, onState: (event) => seen.push(event) });
  server.peer.kick({ code: errorCodes.UPGRADE_REQUIRED, reconnect: true });
  await settled();
  server.clock.advance(hours);
  await settled();
  expect(server.peers).toHaveLength(1);
  expect(seen.map(({ state, cause }) => [state, cause])).toEqual([["closed", "upgrade"]]);
  const upgrade = { tooNew: false, minRelease: 0, serverRelease: 0, change: "", url: "" };
  await expect(connection.request(ask, note(1))).rejects.toMatchObject({ code: "UPGRADE_REQUIRED", upgrade });
});
