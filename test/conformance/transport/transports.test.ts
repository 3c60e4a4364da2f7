import { readFileSync } from "node:fs";
import { afterAll, describe } from "vitest";
import { WebSocket } from "ws";
import {
  dialWebSocket,
  type WebSocketConstructor,
} from "../../../clients/typescript/src/transport/websocket.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { ClientCredentials } from "../../../runtime/transport/tls/client-credentials.ts";
import { dialTls } from "../../../runtime/transport/tls/dial-tls.ts";
import { ServerCredentials } from "../../../runtime/transport/tls/server-credentials.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { CertificateFolder } from "../../setup/certificate-folder.ts";
import { type Pair, transportConformance } from "./suite.ts";

/** One port for the whole file; each dialled connection is met with the one that was accepted for it. */
class Meeting {
  #port: Promise<Port> | undefined;
  readonly #tls: (() => Promise<ServerCredentials>) | undefined;
  readonly #accepted: Transport[] = [];
  #waiting: ((transport: Transport) => void)[] = [];

  constructor(tls?: () => Promise<ServerCredentials>) {
    this.#tls = tls;
  }

  async address(): Promise<{ host: string; port: number }> {
    this.#port ??= this.#open(await this.#tls?.());
    return this.#port;
  }

  #open(tls?: ServerCredentials): Promise<Port> {
    return openPort({
      ...(tls === undefined ? {} : { tls }),
      maxMessageBytes: 64 * 2 ** 20,
      onTransport: (transport) => {
        const waiter = this.#waiting.shift();
        if (waiter) waiter(transport);
        else this.#accepted.push(transport);
      },
    });
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
async function tcpPair(
  meeting: Meeting,
  dial: typeof dialTcp = dialTcp,
): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await meeting.address();
  const dialled = await dial(host, port);
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

async function webSocketPair(
  meeting: Meeting,
  webSocket?: WebSocketConstructor,
): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await meeting.address();
  const dialled = await dialWebSocket(`${webSocket === undefined ? "ws" : "wss"}://${host}:${port}/`, {
    clock: systemClock,
    signal: new AbortController().signal,
    webSocket,
  });
  return { dialled, accepted: await meeting.accepted() };
}

const meeting = new Meeting();
afterAll(() => meeting.close());

const files = new CertificateFolder();
afterAll(() => files.remove());
const encrypted = new Meeting(() =>
  ServerCredentials.open({ certificates: [files.certificate("server")], reloadMs: 3_600_000 }),
);
afterAll(() => encrypted.close());

async function tlsPair(): Promise<{ dialled: Transport; accepted: Transport }> {
  return tcpPair(encrypted, async (host, port) => {
    const credentials = await ClientCredentials.open({ caFile: files.authority().certFile });
    credentials.close();
    return dialTls(host, port, credentials);
  });
}

class TrustingWebSocket extends WebSocket {
  constructor(url: string) {
    super(url, { ca: readFileSync(files.authority().certFile) });
  }
}

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

describe("TLS, the accepting end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await tlsPair();
    return { near: accepted, far: dialled };
  });
});

describe("TLS, the dialling end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await tlsPair();
    return { near: dialled, far: accepted };
  });
});

describe("WebSocket over TLS, the accepting end", () => {
  transportConformance(
    async () => {
      const trusting = TrustingWebSocket as unknown as WebSocketConstructor;
      const { dialled, accepted } = await webSocketPair(encrypted, trusting);
      return { near: accepted, far: dialled };
    },
    { noBackpressure: "the far end is a W3C WebSocket, which cannot be paused" },
  );
});
