import { readFileSync } from "node:fs";
import { afterAll, describe } from "vitest";
import { WebSocket } from "ws";
import { openCipher } from "../../../clients/typescript/src/cipher/dial-cipher.ts";
import { noblePrimitives } from "../../../clients/typescript/src/cipher/noble-primitives.ts";
import {
  dialWebSocket,
  type WebSocketConstructor,
} from "../../../clients/typescript/src/transport/websocket.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { RateLimit } from "../../../runtime/clock/rate-limit.ts";
import { Counters } from "../../../runtime/log/counters.ts";
import { CipherDoor } from "../../../runtime/transport/cipher/cipher-door.ts";
import { nodePrimitives } from "../../../runtime/transport/cipher/node-primitives.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { openPort, type Port } from "../../../runtime/transport/port.ts";
import type { PortOptions } from "../../../runtime/transport/port-options.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import { ClientCredentials } from "../../../runtime/transport/tls/client-credentials.ts";
import { dialTls } from "../../../runtime/transport/tls/dial-tls.ts";
import { ServerCredentials } from "../../../runtime/transport/tls/server-credentials.ts";
import type { AcceptedTransport, Transport } from "../../../runtime/transport/transport.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { NkCipherClient, NkCipherServer } from "../../../runtime/wire/cipher/nk-cipher.ts";
import { CertificateFolder } from "../../setup/certificate-folder.ts";
import { type Pair, transportConformance } from "./suite.ts";

/** One port for the whole file; each dialled connection is met with the one that was accepted for it. */
class Meeting {
  #port: Promise<Port> | undefined;
  readonly #options: () => Promise<Partial<PortOptions>>;
  readonly #accepted: Transport[] = [];
  #waiting: ((transport: Transport) => void)[] = [];

  constructor(options: () => Promise<Partial<PortOptions>> = async () => ({})) {
    this.#options = options;
  }

  async address(): Promise<{ host: string; port: number }> {
    this.#port ??= this.#open(await this.#options());
    return this.#port;
  }

  #open(options: Partial<PortOptions>): Promise<Port> {
    return openPort({
      ...options,
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
const encrypted = new Meeting(async () => ({
  tls: await ServerCredentials.open({ certificates: [files.certificate("server")], reloadMs: 3_600_000 }),
}));
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

const gateKeys = nodePrimitives("ChaChaPoly").generateKeyPair();
const ciphers = [
  new NkCipherServer(nodePrimitives("ChaChaPoly"), { current: [gateKeys] }),
  new NkCipherServer(nodePrimitives("AESGCM"), { current: [gateKeys] }),
];

/** Encrypts the dialled end of a connection whose other end is at a door: by the client's library, or by that of Node.js. */
function ciphered(dialled: Transport, primitives = nodePrimitives("AESGCM")): Promise<Transport> {
  const client = new NkCipherClient(primitives, gateKeys.publicKey);
  return openCipher(dialled, client, new AbortController().signal);
}

async function cipherMemoryPair(chunkBytes?: number): Promise<Pair> {
  const [accepted, dialled] = memoryPair(chunkBytes === undefined ? {} : { chunkBytes });
  const door = new CipherDoor({
    ciphers,
    required: true,
    handshakeRate: new RateLimit({ count: 1_000, perMs: 1 }),
    handshakeMs: 5_000,
    deadlines: new Deadlines(systemClock),
    buffers: new TransportBuffers(),
    counters: new Counters(),
    onRefused: (reason) => {
      throw new Error(reason);
    },
  });
  const near = new Promise<Transport>((resolve) => door.take(accepted as AcceptedTransport, resolve));
  return { far: await ciphered(dialled), near: await near };
}

async function cipherTcpPair(): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await cipherMeeting.address();
  const dialled = await ciphered(await dialTcp(host, port));
  return { dialled, accepted: await cipherMeeting.accepted() };
}

async function cipherWebSocketPair(): Promise<{ dialled: Transport; accepted: Transport }> {
  const { host, port } = await cipherMeeting.address();
  const inner = await dialWebSocket(`ws://${host}:${port}/`, {
    clock: systemClock,
    signal: new AbortController().signal,
  });
  const dialled = await ciphered(inner, noblePrimitives("ChaChaPoly"));
  return { dialled, accepted: await cipherMeeting.accepted() };
}

const cipherMeeting = new Meeting(async () => ({
  cipher: { ciphers, required: true, handshakeRate: { count: 1_000, perMs: 1 } },
}));
afterAll(() => cipherMeeting.close());

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

describe("memory, encrypted", () => {
  transportConformance(() => cipherMemoryPair());
});

describe("memory, encrypted, and records cut into small chunks", () => {
  transportConformance(() => cipherMemoryPair(4_099));
});

describe("TCP, encrypted, the accepting end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await cipherTcpPair();
    return { near: accepted, far: dialled };
  });
});

describe("TCP, encrypted, the dialling end", () => {
  transportConformance(async () => {
    const { dialled, accepted } = await cipherTcpPair();
    return { near: dialled, far: accepted };
  });
});

describe("WebSocket, encrypted, the accepting end", () => {
  transportConformance(
    async () => {
      const { dialled, accepted } = await cipherWebSocketPair();
      return { near: accepted, far: dialled };
    },
    { noBackpressure: "the far end is a W3C WebSocket, which cannot be paused" },
  );
});

describe("WebSocket, encrypted, the dialling end over a W3C WebSocket", () => {
  transportConformance(
    async () => {
      const { dialled, accepted } = await cipherWebSocketPair();
      return { near: dialled, far: accepted };
    },
    {
      noDrain: "a W3C WebSocket has no drain event",
      noTurn: "a client has one connection, which holds up nobody else",
    },
  );
});
