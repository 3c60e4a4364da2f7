import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { writeTo } from "../../../runtime/transport/output/write-to.ts";

/** Both ends of a connection; the far end does not read. */
async function pair(): Promise<{ near: Socket; far: Socket; end: () => void }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const near = connect(address.port, "127.0.0.1");
  const [far] = (await once(server, "connection")) as [Socket];
  near.on("error", () => {});
  far.on("error", () => {});
  if (near.connecting) await once(near, "connect");
  const end = () => {
    near.destroy();
    far.destroy();
    server.close();
  };
  return { near, far, end };
}

test("bytes that the system takes at once may be changed, and no callback comes", async () => {
  const { near, far, end } = await pair();
  const bytes = Buffer.from("..hello..");
  let sent = 0;
  expect(writeTo(near, bytes, 2, 7, { onSent: () => sent++ })).toBe(true);
  bytes.fill(0);
  const [chunk] = (await once(far.resume(), "data")) as [Buffer];
  expect(chunk.toString()).toBe("hello");
  expect(sent).toBe(0);
  end();
});

test("bytes that a peer does not read are held until they are sent, and then the callback comes once", async () => {
  const { near, far, end } = await pair();
  const bytes = Buffer.alloc(64 * 1024, 1);
  let sent = 0;
  let waiting = 0;
  let total = 0;
  // More than the buffers of both sockets hold.
  while (waiting === 0 && total < 2 ** 26) {
    total += bytes.length;
    if (!writeTo(near, bytes, 0, bytes.length, { onSent: () => sent++ })) waiting++;
  }
  expect(waiting).toBe(1);
  expect(sent).toBe(0);
  let received = 0;
  const all = new Promise<void>((resolve) => {
    far.resume().on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received === total) resolve();
    });
  });
  await all;
  await turn();
  expect(sent).toBe(1);
  expect(writeTo(near, bytes, 0, 3, { onSent: () => sent++ })).toBe(true);
  end();
});

test("the callback comes when the connection ends before the bytes are sent", async () => {
  const { near, far, end } = await pair();
  const bytes = Buffer.alloc(2 ** 20, 1);
  let waiting = 0;
  const sent = new Promise<void>((resolve) => {
    for (let n = 0; n < 64 && waiting === 0; n++) {
      if (!writeTo(near, bytes, 0, bytes.length, { onSent: resolve })) waiting++;
    }
  });
  expect(waiting).toBe(1);
  far.resetAndDestroy();
  await sent;
  expect(writeTo(near, bytes, 0, 3, { onSent() {} })).toBe(true);
  end();
});
