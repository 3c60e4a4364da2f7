import { describe, expect, it } from "vitest";
import type { Connection, ConnectOptions } from "../../../clients/typescript/src/index.ts";
import { isPhotinusError, type PhotinusError } from "../../../schema/errors.ts";
import { FakeServer, settled } from "./fake-server.ts";
import { ask, Note, note, tell } from "./notes.ts";

interface Failing {
  readonly server: FakeServer;
  readonly connection: Connection;
}

const unwritable = {
  ...ask,
  request: {
    ...Note,
    write() {
      throw new Error("no such field");
    },
  },
};

/** What a caller of this file does, and how it fails; each way to fail that there is. */
const ways: readonly [string, string, (failing: Failing) => Promise<unknown>][] = [
  [
    "the server's answer",
    "NOT_FOUND: test.Ask: no such meadow",
    async ({ server, connection }) => {
      const asked = connection.request(ask, note(1));
      await settled();
      server.peer.fail(server.peer.of(ask.id)[0]!, { code: 5, message: "no such meadow" });
      await asked;
    },
  ],
  [
    "time",
    "DEADLINE_EXCEEDED: test.Ask: no answer within 250 ms",
    async ({ server, connection }) => {
      const asked = connection.request(ask, note(1), { timeoutMs: 250 });
      await settled();
      server.clock.advance(500);
      await asked;
    },
  ],
  [
    "the loss of the connection",
    "UNAVAILABLE: test.Ask: closed by the peer",
    async ({ server, connection }) => {
      const asked = connection.request(ask, note(1));
      await settled();
      server.peer.transport.destroy("cut");
      await asked;
    },
  ],
  [
    "a connection that does not come back",
    "DEADLINE_EXCEEDED: test.Ask: no answer within 5000 ms",
    async ({ server, connection }) => {
      server.reachable = false;
      server.peer.transport.destroy("cut");
      await settled();
      const asked = connection.request(ask, note(1));
      server.clock.advance(5_100);
      await asked;
    },
  ],
  [
    "a connection that this side has closed",
    "UNAVAILABLE: test.Ask: the connection was closed by this side",
    async ({ connection }) => {
      connection.destroy();
      await connection.request(ask, note(1));
    },
  ],
  [
    "a signal that aborts",
    "CANCELLED: test.Ask: the caller gave up",
    async ({ connection }) => {
      const controller = new AbortController();
      const asked = connection.request(ask, note(1), { signal: controller.signal });
      controller.abort();
      await asked;
    },
  ],
  [
    "a signal that has aborted",
    "CANCELLED: test.Ask: the caller gave up",
    ({ connection }) => connection.request(ask, note(1), { signal: AbortSignal.abort() }),
  ],
  [
    "a timeout that is none",
    "INVALID_ARGUMENT: test.Ask: timeoutMs: found 0; expected a number from 1 to 2147483647",
    ({ connection }) => connection.request(ask, note(1), { timeoutMs: 0 }),
  ],
  [
    "requests in flight",
    "RESOURCE_EXHAUSTED: test.Ask: 1 requests are in flight already",
    async ({ connection }) => {
      connection.request(ask, note(1)).catch(() => {});
      await connection.request(ask, note(2));
    },
  ],
  [
    "a message that cannot be written",
    "no such field",
    ({ connection }) => connection.request(unwritable, note(1)),
  ],
];

async function failureOf(
  way: (failing: Failing) => Promise<unknown>,
  options: ConnectOptions,
): Promise<PhotinusError> {
  const server = new FakeServer();
  const connection = await server.connect({ maxPendingCount: 1, ...options });
  try {
    await way({ server, connection });
  } catch (error) {
    if (isPhotinusError(error)) return error;
    throw error;
  } finally {
    connection.destroy();
  }
  return expect.fail("it did not fail");
}

describe("a request that fails", () => {
  it.each(ways)("by %s names its call, and the line that made it", async (_, message, way) => {
    const error = await failureOf(way, { callStacks: true });
    expect(error.call).toBe("test.Ask");
    expect(error.message).toContain(message);
    expect(error.message).toContain(`${error.code}: test.Ask: `);
    expect(error.reason).not.toContain("test.Ask");
    const [first = "", ...places] = error.stack!.split("\n");
    expect(first).toContain(error.message);
    expect(places[0]).toContain("failed-call.test.ts");
  });

  it("has no caller's stack where that is switched off", async () => {
    const [, , way] = ways[1]!;
    const { call, stack } = await failureOf(way, { callStacks: false });
    expect(call).toBe("test.Ask");
    expect(stack!.split("\n")[1]).not.toContain("failed-call.test.ts");
  });
});

it("a notify that cannot be sent names its call", async () => {
  const connection = await new FakeServer().connect();
  const broken = { ...tell, request: unwritable.request };
  expect(() => connection.notify(broken, note(1))).toThrow("INVALID_ARGUMENT: test.Tell: ");
});
