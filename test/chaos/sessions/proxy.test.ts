import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { generator } from "../../setup/generator.ts";
import { drawFaults, type FaultPlan, noFaults, type Strike, strikes } from "./faults.ts";
import { HostileProxy } from "./proxy.ts";

const stops: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Both ends of one connection through a proxy with this plan, and what each has received. */
async function connected(plan: Partial<FaultPlan>) {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const proxy = await HostileProxy.open({ host: "127.0.0.1", port }, () => ({ ...noFaults, ...plan }));
  stops.push(() => proxy.close());
  const client = watched(connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true }));
  const [accepted] = (await once(server, "connection")) as [Socket];
  return { proxy, client, server: watched(accepted) };
}

function watched(socket: Socket) {
  stops.push(() => socket.destroy());
  const end = { socket, received: "", chunks: 0, ended: "" };
  socket.on("data", (chunk: Buffer) => {
    end.received += chunk.toString();
    end.chunks++;
  });
  socket.on("end", () => {
    end.ended ||= "closed";
  });
  socket.on("error", () => {
    end.ended ||= "reset";
  });
  return end;
}

type Ends = Awaited<ReturnType<typeof connected>>;

/** Sends six bytes up and six down, the second half after the first has arrived, where it does. */
async function exchange({ client, server }: Ends): Promise<void> {
  client.socket.write("up1");
  await expect.poll(() => server.received).toBe("up1");
  server.socket.write("dn1");
  await expect.poll(() => client.received).toBe("dn1");
}

test("a connection without faults carries bytes and ends both ways", async () => {
  const ends = await connected({});
  await exchange(ends);
  ends.client.socket.end("up2");
  await expect.poll(() => ends.server).toMatchObject({ received: "up1up2", ended: "closed" });
  ends.server.socket.end("dn2");
  await expect.poll(() => ends.client).toMatchObject({ received: "dn1dn2", ended: "closed" });
  expect(ends.proxy.cuts).toBe(0);
});

/** What the other side still sends after the strike at the byte 5 from the client, and how each side ends. */
const expected: Record<Strike, { client: object; server: object }> = {
  cut: { client: { received: "dn1", ended: "closed" }, server: { ended: "closed" } },
  reset: { client: { received: "dn1", ended: "reset" }, server: { ended: "reset" } },
  "client-closed": { client: { received: "dn1", ended: "closed" }, server: { ended: "" } },
  "server-closed": { client: { received: "dn1", ended: "" }, server: { ended: "closed" } },
  "silent-up": { client: { received: "dn1dn2", ended: "" }, server: { ended: "" } },
  "silent-down": { client: { received: "dn1", ended: "" }, server: { received: "up1up2up3", ended: "" } },
  silent: { client: { received: "dn1", ended: "" }, server: { ended: "" } },
};

test.each(strikes)("a strike %s lets the bytes before it pass, and does what it says", async (strike) => {
  const ends = await connected({ strike, direction: "up", afterBytes: 5 });
  await exchange(ends);
  ends.client.socket.write("up2");
  await expect.poll(() => ends.proxy.struck.get(strike)).toBe(1);
  ends.client.socket.write("up3");
  ends.server.socket.write("dn2");
  const { client, server } = expected[strike];
  await expect.poll(() => ends.client).toMatchObject(client);
  // A reset may overtake the bytes before it.
  const passed = strike === "reset" ? {} : { received: "up1up" };
  await expect.poll(() => ends.server).toMatchObject({ ...passed, ...server });
});

test("the end of a silent side never arrives at the other side, until the network is calm", async () => {
  const ends = await connected({ strike: "silent", direction: "up", afterBytes: 3 });
  await exchange(ends);
  ends.client.socket.write("up2");
  await expect.poll(() => ends.proxy.cuts).toBe(1);
  ends.client.socket.destroy();
  await once(ends.client.socket, "close");
  expect(ends.server.ended).toBe("");
  ends.proxy.calm();
  await expect.poll(() => ends.server.ended).toBe("closed");
});

test("the first bytes may travel one by one, and late", async () => {
  const ends = await connected({ trickleBytes: 4, delayMs: 5 });
  ends.client.socket.write("abcdef");
  await expect.poll(() => ends.server.received).toBe("abcdef");
  expect(ends.server.chunks).toBeGreaterThan(1);
});

test("the opening of a connection arrives again on a connection of its own, and nothing else does", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => server.close());
  const ends: ReturnType<typeof watched>[] = [];
  server.on("connection", (socket) => ends.push(watched(socket)));
  const { port } = server.address() as AddressInfo;
  const draw = () => ({ ...noFaults, againAfterMs: 20 });
  const proxy = await HostileProxy.open({ host: "127.0.0.1", port }, draw);
  stops.push(() => proxy.close());
  const client = watched(connect({ host: "127.0.0.1", port: proxy.port }));
  client.socket.write("opening");
  await expect.poll(() => ends.map(({ received }) => received)).toEqual(["opening", "opening"]);
  client.socket.write(", load");
  await expect.poll(() => ends[0]?.received).toBe("opening, load");
  await expect.poll(() => ends[1]?.ended).toBe("closed");
  expect(ends.map(({ received }) => received)).toEqual(["opening, load", "opening"]);
  expect([proxy.duplicates, proxy.cuts]).toEqual([1, 0]);
});

test("the faults of a seed are repeated, and strike openings, resumes and load", () => {
  const draw = (seed: number) => {
    const random = generator(seed);
    return Array.from({ length: 500 }, () => drawFaults(random));
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(2)).not.toEqual(draw(1));
  const plans = draw(1);
  expect(new Set(plans.map(({ strike }) => strike))).toEqual(new Set([undefined, ...strikes]));
  for (const [from, to] of [
    [0, 60],
    [60, 450],
    [450, 2_200],
    [2_200, 6_000],
  ] as const) {
    expect(plans.filter(({ afterBytes }) => afterBytes >= from && afterBytes < to).length).toBeGreaterThan(
      20,
    );
  }
});
