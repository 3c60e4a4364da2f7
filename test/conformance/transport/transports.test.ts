import { afterAll, describe } from "vitest";
import { dialWebSocket } from "../../../clients/typescript/src/transport/websocket.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { type Pair, transportConformance } from "./suite.ts";

/** One port for the whole file; each dialled connection is met with the one that was accepted for it. */
class Meeting {
  #port: Promise<Port> | undefined;
  readonly #accepted: Transport[] = [];
  #waiting: ((transport: Transport) => void)[] = [];

  async address(): Promise<{ host: string; port: number }> {
    this.#port ??= openPort({
      maxMessageBytes: 64 * 2 ** 20,
      onTransport: (transport) => {
        const waiter = this.#waiting.shift();
        if (waiter) waiter(transport);
        else this.#accepted.push(transport);
      },
    });
    return this.#port;
  }

  accepted(): Promise<Transport> {
    const ready = this.#accepted.shift();
    return ready ? Promise.resolve(ready) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    await (await this.#port)?.close({ graceMs: 100 });
  }
}

/** TCP is found out by its first bytes, so the dialling end says one byte that the accepting end swallows. */
async function tcpPair(meeting: Meeting): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await meeting.address();
  const dialled = await dialTcp(host, port);
  dialled.output.append(Uint8Array.of(0));
  dialled.flushNow();
  const accepted = await meeting.accepted();
  return { dialled, accepted: await withoutFirstByte(accepted) };
}

/** Hides the first byte from a transport's handlers. */
async function withoutFirstByte(transport: Transport): Promise<Transport> {
  const { start } = transport;
  let swallowed = false;
  transport.start = (handler) =>
    start.call(transport, {
      onData: (chunk) => {
        const rest = swallowed ? chunk : chunk.subarray(1);
        swallowed = true;
        if (rest.length > 0) handler.onData(rest);
      },
      onDrain: () => handler.onDrain(),
      onClose: (reason) => handler.onClose(reason),
    });
  return transport;
}

async function webSocketPair(meeting: Meeting): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await meeting.address();
  const dialled = await dialWebSocket(`ws://${host}:${port}/`, {
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return { dialled, accepted: await meeting.accepted() };
}

const meeting = new Meeting();
afterAll(() => meeting.close());

describe("memory", () => {
  transportConformance(async (): Promise<Pair> => {
    const [near, far] = memoryPair();
    return { near, far };
  });
});

describe("memory, cut into small chunks", () => {
  transportConformance(async (): Promise<Pair> => {
    const [near, far] = memoryPair({ chunkBytes: 4_099 });
    return { near, far };
  });
});

describe("TCP, the accepting end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await tcpPair(meeting);
    return { near: accepted, far: dialled };
  });
});

describe("TCP, the dialling end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await tcpPair(meeting);
    return { near: dialled, far: accepted };
  });
});

describe("WebSocket, the accepting end", () => {
  transportConformance(
    async () => {
      const { dialled, accepted } = await webSocketPair(meeting);
      return { near: accepted, far: dialled };
    },
    { noBackpressure: "the far end is a W3C WebSocket, which cannot be paused" },
  );
});

describe("WebSocket, the dialling end over a W3C WebSocket", () => {
  transportConformance(
    async () => {
      const { dialled, accepted } = await webSocketPair(meeting);
      return { near: dialled, far: accepted };
    },
    {
      noDrain: "a W3C WebSocket has no drain event",
      noTurn: "a client has one connection, which holds up nobody else",
    },
  );
});
