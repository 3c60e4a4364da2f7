import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLogger } from "../../../runtime/log/logger.ts";
import {
  askCanary,
  askControl,
  askMinRelease,
  askRestart,
} from "../../../runtime/process/control/control-client.ts";
import { type ControlPlace, controlPlace } from "../../../runtime/process/control/control-place.ts";
import { ControlServer } from "../../../runtime/process/control/control-server.ts";
import type { CanaryChange } from "../../../runtime/process/supervisor/canary-settings.ts";
import type { Controllable, StatusReport } from "../../../runtime/process/supervisor/status-report.ts";
import { fail } from "../../../schema/errors.ts";

let folder = "";
let place: ControlPlace;
const report: StatusReport = { pid: 1, source: "photinus.config.ts", uptimeMs: 5, processes: [] };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "photinus-control-"));
  place = controlPlace("/game/photinus.config.ts", undefined, { XDG_RUNTIME_DIR: folder });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function target(restart: Controllable["restart"] = async function* () {}) {
  const calls: string[] = [];
  return {
    restart,
    calls,
    status: async () => report,
    setMinRelease: async (minRelease: number) => void calls.push(`clients ${minRelease}`),
    setCanary: async (change: CanaryChange) => void calls.push(`canary ${JSON.stringify(change)}`),
    stop: async () => void calls.push("stop"),
  };
}

/** What the server says to these bytes before it closes the connection. */
function say(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(place.socket, () => socket.write(bytes));
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

test("a change of a canary reaches what runs, with as many users as a canary may have", async () => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  const users = Array.from({ length: 1_000 }, (_, n) => `${2n ** 64n - 1n - BigInt(n)}`);
  await askCanary(place, { name: "scene", percent: 5, users });
  expect(running.calls).toEqual([`canary ${JSON.stringify({ name: "scene", percent: 5, users })}`]);
  await server.close();
});

test("status and stop reach what runs", async () => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  expect(await askControl(place, "status")).toEqual({ ok: true, status: report });
  expect(await askControl(place, "stop")).toEqual({ ok: true });
  expect(running.calls).toEqual(["stop"]);
  await server.close();
});

test("a status or a stop that fails is answered, and harms nothing else", async () => {
  const broken = () => Promise.reject(new Error("broken"));
  const server = await ControlServer.open(place, { ...target(), status: broken, stop: broken }, silentLogger);
  await expect(askControl(place, "status")).rejects.toMatchObject({
    reason: expect.stringContaining("broken"),
  });
  expect(await askControl(place, "stop")).toEqual({ ok: true });
  await server.close();
});

test("a restart is answered with each process that is done, then with its failure", async () => {
  const one = { name: "scene-1", pid: 7, tookMs: 12 };
  const asked: unknown[] = [];
  const running = target(async function* (what) {
    asked.push(what);
    yield one;
    throw fail("NOT_FOUND", "no scene-2");
  });
  const server = await ControlServer.open(place, running, silentLogger);
  const done: unknown[] = [];
  const failed = askRestart(place, { name: "scene-1" }, (restarted) => done.push(restarted));
  await expect(failed).rejects.toThrow("NOT_FOUND: no scene-2");
  expect({ done, asked }).toEqual({ done: [one], asked: [{ name: "scene-1" }] });
  await server.close();
});

test("a restart whose client leaves ends after the current process", async () => {
  let count = 0;
  const left = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const running = target(async function* () {
    try {
      for (; count < 5; count++) {
        if (count === 1) await left.promise;
        yield { name: `scene-${count}`, pid: 7, tookMs: 1 };
      }
    } finally {
      ended.resolve();
    }
  });
  const server = await ControlServer.open(place, running, silentLogger);
  const socket = connect(place.socket);
  const token = readFileSync(place.token, "utf8");
  socket.write(`${JSON.stringify({ token, ask: "restart" })}\n`);
  await once(socket, "data");
  socket.destroy();
  // The server is closed once it has noticed the end of the socket.
  await server.close();
  left.resolve();
  await ended.promise;
  expect(count).toBe(1);
});

test("folder, socket and token are for the user alone", async () => {
  const server = await ControlServer.open(place, target(), silentLogger);
  const mode = (path: string) => statSync(path).mode & 0o777;
  expect([mode(place.directory), mode(place.socket), mode(place.token)]).toEqual([0o700, 0o600, 0o600]);
  await server.close();
});

test("a wrong token is refused, and nothing is stopped", async () => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  writeFileSync(place.token, "0".repeat(64));
  await expect(askControl(place, "stop")).rejects.toThrow(
    "PERMISSION_DENIED: the running process rejected the request: invalid token",
  );
  expect(running.calls).toEqual([]);
  await server.close();
});

test.each([
  "\n",
  "no json\n",
  '{"ask":"stop"}\n',
  '{"token":1,"ask":"stop"}\n',
  '{"token":"","ask":"reboot"}\n',
  '{"token":"","ask":"restart","name":1}\n',
  '{"token":"","ask":"canary"}\n',
  '{"token":"","ask":"canary","change":{"name":"a","percent":"5"}}\n',
  '{"token":"","ask":"canary","change":{"name":"a","users":[1]}}\n',
])("the request %j is refused", async (bytes) => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  expect(JSON.parse(await say(bytes))).toEqual({
    ok: false,
    reason: 'invalid request; expected one line of JSON with "token" and "ask"',
  });
  expect(running.calls).toEqual([]);
  await server.close();
});

test("a request without an end is cut off", async () => {
  const server = await ControlServer.open(place, target(), silentLogger);
  expect(await say("x".repeat(100_000))).toBe("");
  await server.close();
});

test("a second start of the same topology is refused", async () => {
  const server = await ControlServer.open(place, target(), silentLogger);
  const token = readFileSync(place.token, "utf8");
  await expect(ControlServer.open(place, target(), silentLogger)).rejects.toThrow(
    "ALREADY_EXISTS: this topology is already running; stop it with: photinus stop",
  );
  expect(readFileSync(place.token, "utf8")).toBe(token);
  expect(await askControl(place, "status")).toMatchObject({ ok: true });
  await server.close();
});

test("nothing runs: a clear answer, also when a socket was left behind", async () => {
  const config = join(folder, "photinus.config.ts");
  writeFileSync(config, "");
  place = controlPlace(config, undefined, { XDG_RUNTIME_DIR: folder });
  const nothing = `UNAVAILABLE: no process runs from ${config}; start it with: photinus start --config ${config}`;
  await expect(askControl(place, "status")).rejects.toThrow(nothing);
  mkdirSync(place.directory, { mode: 0o700 });
  writeFileSync(place.token, "x");
  await expect(askControl(place, "status")).rejects.toThrow(nothing);
  await leaveSocket(place.socket);
  await expect(askControl(place, "status")).rejects.toThrow(nothing);
  const alone = controlPlace(config, "gate-1", { XDG_RUNTIME_DIR: folder });
  await expect(askControl(alone, "stop")).rejects.toThrow(
    `gate-1 of ${config} is not running alone; start it with: photinus start --only gate-1 --config ${config}`,
  );
  rmSync(config);
  await expect(askControl(place, "stop")).rejects.toThrow(
    `${config} does not exist, and no process runs from it; choose another file with --config FILE`,
  );
});

test("a socket that was left behind is taken over", async () => {
  mkdirSync(place.directory, { mode: 0o700 });
  await leaveSocket(place.socket);
  const server = await ControlServer.open(place, target(), silentLogger);
  expect(await askControl(place, "status")).toMatchObject({ ok: true });
  await server.close();
});

test("a folder that others can enter is refused by both sides", async () => {
  mkdirSync(place.directory, { mode: 0o700 });
  chmodSync(place.directory, 0o755);
  await expect(ControlServer.open(place, target(), silentLogger)).rejects.toThrow(
    "can be entered by other users",
  );
  await expect(askControl(place, "status")).rejects.toThrow("can be entered by other users");
});

test("the path of the socket is short enough for every Unix", () => {
  const long = join(folder, "x".repeat(120));
  mkdirSync(long);
  const found = controlPlace("/game/photinus.config.ts", undefined, { XDG_RUNTIME_DIR: long });
  expect(Buffer.byteLength(found.socket)).toBeLessThanOrEqual(103);
});

/** A socket's file without anybody behind it, as after a kill -9. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer();
  // A second name for the file outlives the server, which removes its own.
  await new Promise<void>((resolve) => server.listen(`${path}.x`, resolve));
  const { linkSync } = await import("node:fs");
  linkSync(`${path}.x`, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

test("a minimum release reaches what runs, and its failure comes back with the code", async () => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  await askMinRelease(place, 7);
  expect(running.calls).toEqual(["clients 7"]);
  await server.close();
  const setMinRelease = () => Promise.reject(fail("FAILED_PRECONDITION", "the gate a has release 5"));
  const refusing = await ControlServer.open(place, { ...target(), setMinRelease }, silentLogger);
  await expect(askMinRelease(place, 7)).rejects.toThrow("FAILED_PRECONDITION: the gate a has release 5");
  await refusing.close();
});

test("a request with an invalid minimum release is refused, and changes nothing", async () => {
  const running = target();
  const server = await ControlServer.open(place, running, silentLogger);
  const token = readFileSync(place.token, "utf8");
  for (const minRelease of [-1, 1.5, "7", null, undefined, 2 ** 32])
    expect(await say(`${JSON.stringify({ token, ask: "clients", minRelease })}\n`)).toContain(
      "invalid request",
    );
  expect(running.calls).toEqual([]);
  await server.close();
});
