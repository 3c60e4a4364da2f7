import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Admissions } from "../../../runtime/transport/connection/admissions.ts";
import { dial, rig } from "./rig.ts";

const limits = { connectionCount: 100, connectionsPerAddress: 2, ipv6PrefixBits: 64 };

/** Counts the sockets that servers of this process make. */
function countSockets(): { readonly count: number } {
  const made = { count: 0 };
  const onSocket = (): void => void made.count++;
  subscribe("net.server.socket", onSocket);
  onTestFinished(() => void unsubscribe("net.server.socket", onSocket));
  return made;
}

test("a connection of an address without room is closed before it has a socket, and told once", async () => {
  const admissions = new Admissions(limits);
  const refused: string[] = [];
  const { port, counters } = await rig({
    admissions,
    onRefused: (why, remote) => refused.push(`${why} ${remote}`),
  });
  const sockets = countSockets();
  const first = await dial(port);
  await dial(port);
  await expect.poll(() => port.connectionCount).toBe(2);
  const third = await dial(port);
  await third.ended;
  expect({ refused, sockets: sockets.count, count: admissions.count }).toEqual({
    refused: ["address 127.0.0.1"],
    sockets: 2,
    count: 2,
  });
  expect(counters.get("connections.accepted")).toBe(3);
  first.socket.destroy();
  await expect.poll(() => admissions.count).toBe(1);
  await dial(port);
  await expect.poll(() => admissions.count).toBe(2);
});

test("connections that are reset while they are accepted leave no place taken", async () => {
  const admissions = new Admissions({ ...limits, connectionsPerAddress: 1_000, connectionCount: 1_000 });
  const { port, counters } = await rig({ admissions });
  const count = 200;
  for (let n = 0; n < count; n++) {
    const socket = connect(port.port, port.host);
    socket.once("connect", () => socket.resetAndDestroy());
    socket.on("error", () => {});
  }
  await expect.poll(() => counters.get("connections.accepted")).toBe(count);
  await expect.poll(() => [admissions.count, port.connectionCount]).toEqual([0, 0]);
});
