import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { freePort } from "../../setup/free-port.ts";
import { RawClient } from "./raw-client.ts";
import { eventually, useWorld } from "./world.ts";

const world = useWorld();

interface Told {
  readonly message?: string;
  readonly of?: string;
  readonly at?: string;
  readonly why?: string;
  readonly count?: number;
  readonly counters?: [string, number][];
}

/**
 * True when the connection is ended before the peer has said anything, as a port without descriptors does.
 * @param waitMs how long that may take: less than a port waits for a client's first bytes
 */
async function isTurnedAway(to: NetConnectOpts, waitMs: number): Promise<boolean> {
  const socket = connect(to);
  const ended = new Promise<boolean>((resolve) => {
    for (const event of ["end", "error", "close"]) socket.once(event, () => resolve(true));
    setTimeout(resolve, waitMs, false);
  });
  socket.resume();
  const turnedAway = await ended;
  socket.destroy();
  return turnedAway;
}

test("a process out of file descriptors says so for each port, link and control socket, and recovers when some are free", async () => {
  const directory = mkdtempSync(join(tmpdir(), "few-"));
  const script = fileURLToPath(new URL("few-descriptors.ts", import.meta.url));
  const command = 'ulimit -n 64 && exec "$0" -C photinus-source "$@"';
  const child = spawn(
    "/bin/sh",
    ["-c", command, process.execPath, script, directory, String(await freePort())],
    {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    },
  );
  world.atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(directory, { recursive: true, force: true });
  });
  const told: Told[] = [];
  const [open] = (await once(child, "message")) as [
    { client: { host: string; port: number }; links: { host: string; port: number }; socket: string },
  ];
  child.on("message", (message: Told) => void told.push(message));
  const { client, links, socket } = open;
  const places = [`127.0.0.1:${client.port}`, `127.0.0.1:${links.port}`, socket];
  const said = (start: string) => told.filter(({ message }) => message?.startsWith(start));
  const everyPlaceSaid = (start: string) =>
    places.every((place) => said(start).some(({ at }) => at === place));

  child.send("fill");
  await eventually(() => everyPlaceSaid("connections rejected: no file descriptor is left"));
  for (const to of [client, links, { path: socket }]) expect(await isTurnedAway(to, 4_000)).toBe(true);
  // The node's dialer needs one too, and says why it has none.
  await eventually(() =>
    said("link down").some(
      ({ why }) => why?.includes("EMFILE: no file descriptor is left; raise the limit") ?? false,
    ),
  );
  // After a while the lines become rarer, and the counter still counts each event.
  const seconds = () => said("connections rejected").filter(({ at }) => at === places[0]);
  await eventually(() => seconds().some(({ count }) => count === 4));
  expect(
    seconds()
      .map(({ count }) => count)
      .slice(0, 3),
  ).toEqual([1, 2, 4]);

  child.send("free");
  await eventually(() => everyPlaceSaid("connections accepted again"));
  const counters = new Map(told.flatMap(({ counters = [] }) => counters));
  expect(counters.get("descriptors.short")).toBeGreaterThanOrEqual(4);
  const again = await new RawClient(await dialTcp(client.host, client.port)).open();
  expect(again.welcome?.session).toMatch(/^gate-1/);
  again.transport.destroy();
  for (const to of [links, { path: socket }]) expect(await isTurnedAway(to, 500)).toBe(false);
});
