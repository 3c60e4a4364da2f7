import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { Game } from "../../setup/game.ts";

/** Sockets in these files of /proc/net that listen, and the column of each that says so. */
const listening = [
  ["tcp", 3, "0A"],
  ["tcp6", 3, "0A"],
  // A bound UDP socket has no peer.
  ["udp", 3, "07"],
  ["udp6", 3, "07"],
] as const;

/** Addresses that the processes listen on, as the kernel knows them. */
function addressesOf(pids: readonly number[]): string[] {
  const sockets = new Set<string>();
  for (const pid of pids) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined) sockets.add(inode);
      } catch {
        // The descriptor was closed since the folder was read.
      }
    }
  }
  return listening.flatMap(([file, column, state]) =>
    readFileSync(`/proc/net/${file}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => row[column] === state && sockets.has(row[9] ?? ""))
      .map((row) => `${file} ${hostOf(row[1]!)}`),
  );
}

/** Host of an address of the kernel: hexadecimal, its IPv4 bytes in reverse. */
function hostOf(address: string): string {
  const [host = "", port = ""] = address.split(":");
  const bytes = host.length === 8 ? (host.match(/../g) ?? []).reverse() : [host];
  const shown = bytes.length === 4 ? bytes.map((byte) => Number.parseInt(byte, 16)).join(".") : host;
  return `${shown}:${Number.parseInt(port, 16)}`;
}

test("a fresh start opens the client port and the link port, on this machine only", async () => {
  await using game = await Game.start();
  const { processes } = await game.status();
  const client = Number(new URL(game.gate().tcp).port);
  const addresses = addressesOf([game.child.pid!, ...processes.map(({ pid }) => pid!)]);
  expect(addresses).toHaveLength(2);
  expect(addresses).toContain(`tcp 127.0.0.1:${client}`);
  for (const address of addresses) expect(address).toMatch(/^tcp 127\.0\.0\.1:\d+$/);
});
