import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { fullReadBytes } from "../../../runtime/transport/connection/turn-share.ts";
import { Turns } from "../../../runtime/transport/connection/turns.ts";
import { TcpTransport } from "../../../runtime/transport/tcp.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { Recorder } from "../../conformance/transport/recorder.ts";

test("of a peer that goes on sending while it is closed one full read is thrown away in a turn", async () => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void peer.destroy());
  const [socket] = (await once(server, "connection")) as [Socket];
  const planned: (() => void)[] = [];
  const transport = new TcpTransport(socket, new TransportBuffers(), {
    turns: new Turns(8, (run) => planned.push(run)),
  });
  onTestFinished(() => transport.destroy());
  const recorder = new Recorder();
  transport.start(recorder);
  void transport.close();
  const full = new Uint8Array(fullReadBytes);
  for (let turn = 0; turn < 3; turn++) {
    // A full read means that more lies ready.
    expect(transport.receive(full)).toBe(false);
    expect(socket.isPaused()).toBe(true);
    planned.shift()?.();
    expect(socket.isPaused()).toBe(false);
  }
  expect(transport.receive(full.subarray(1))).toBe(true);
  expect(recorder.size).toBe(0);
});
