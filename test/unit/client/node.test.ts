import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Connection, connect } from "../../../clients/typescript/src/node/index.ts";
import { TcpTransport } from "../../../runtime/transport/tcp.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { FakePeer, settled } from "./fake-server.ts";
import { ask, Note, note } from "./notes.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];
const connections: Connection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A server on a port of its own that welcomes everybody; `peers` are its connections. */
async function listen(): Promise<{ port: number; peers: FakePeer[]; server: Server }> {
  const peers: FakePeer[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    sockets.push(socket);
    const peer = new FakePeer(new TcpTransport(socket, new TransportBuffers()));
    peers.push(peer);
    peer.welcome();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return { port: address.port, peers, server };
}

describe("connect in Node", () => {
  it("speaks over TCP: request, reply, close", async () => {
    const { port, peers } = await listen();
    const connection = await connect(`tcp://127.0.0.1:${port}`, { client: "bot" });
    connections.push(connection);
    const asked = connection.request(ask, note(1));
    const peer = peers[0]!;
    while (peer.of(ask.id).length === 0) await settled();
    expect(peer.hello.client).toBe("bot");
    peer.reply(peer.of(ask.id)[0]!, Note, note(2));
    expect(await asked).toEqual(note(2));
    await connection.close();
    expect(connection.state).toBe("closed");
  });

  it("rejects with UNAVAILABLE when nobody listens", async () => {
    const { port, server } = await listen();
    await new Promise((resolve) => server.close(resolve));
    servers.length = 0;
    await expect(connect(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      reason: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  it.each([
    "tcp://",
    "tcp://nowhere",
    "tcp://:17",
    "tcp://host:0",
    "tcp://host:99999",
    "gopher://host:1",
    "nonsense",
  ])("rejects %s with INVALID_ARGUMENT", async (url) => {
    await expect(connect(url)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: expect.stringContaining(url),
    });
  });
});
