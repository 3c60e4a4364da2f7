import { connect, createServer, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { AcceptedConnection } from "../../../runtime/transport/accept/accepted-connection.ts";

/** Accepts one connection, opens it, and returns it with its first socket, which nothing in the test keeps. */
async function openOne(): Promise<{ connection: AcceptedConnection; first: WeakRef<Socket> }> {
  const server = createServer({ pauseOnConnect: true });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server is not listening");
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const client = connect(address.port, address.address);
  onTestFinished(() => void client.destroy());
  const socket = await accepted;
  const parts = { deadlines: new Deadlines(systemClock), onSilent() {}, onClose() {} };
  const connection = new AcceptedConnection(socket, parts);
  onTestFinished(() => connection.destroy());
  connection.open(new Uint8Array(64));
  return { connection, first: new WeakRef(socket) };
}

test("an open connection does not hold the socket that its own has replaced", async () => {
  const { connection, first } = await openOne();
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  await expect
    .poll(() => {
      collect();
      return first.deref() === undefined;
    })
    .toBe(true);
  expect(connection.socket.destroyed).toBe(false);
});
