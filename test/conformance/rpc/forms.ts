import { createServer } from "node:net";
import { Packr } from "msgpackr";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { Deadlines } from "../../../runtime/clock/deadlines.ts";
import { silentLogger } from "../../../runtime/log/logger.ts";
import { Link } from "../../../runtime/rpc/link.ts";
import type { LinkHandler } from "../../../runtime/rpc/link-handler.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import { dialTcp, TcpTransport } from "../../../runtime/transport/tcp.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { TransportBuffers } from "../../../runtime/transport/transport-buffers.ts";
import { type Codec, raw } from "../../../runtime/wire/codec/codec-runtime.ts";
import { isPhotinusError } from "../../../schema/errors.ts";

/** How a call ended, whatever the form. */
export type Outcome = { readonly result: unknown } | { readonly code: string; readonly reason: string };

/** What the handlers of both sides do with a call: its value is the result; what it throws, the error. */
export type Service = (name: string, argument: unknown) => unknown;

/** A link under test, and the peer that speaks one of the forms with it. */
export interface Conversation {
  readonly link: Link;
  /** What the link answers its peer by. */
  served: Service;
  /** What the peer answers the link by. */
  peerServes: Service;
  /** Notices that the link heard. */
  readonly notices: string[];
  /** The peer calls the link. */
  peerAsks(name: string, argument?: unknown): Promise<Outcome>;
  peerNotifies(name: string): void;
  /** The link calls the peer. */
  asks(name: string, argument?: unknown, timeoutMs?: number): Promise<Outcome>;
  /** Cuts the connection from the peer's side. */
  cut(): void;
  close(): Promise<void>;
}

export interface Form {
  readonly name: string;
  /** Results that are not nothing, though a careless test takes them for it. */
  readonly falsyResults: readonly unknown[];
  converse(near: Transport, far: Transport): Conversation;
}

/** Never settles: the peer that does not answer. */
export const forever = new Promise<never>(() => {});

async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await promise };
  } catch (error) {
    if (!isPhotinusError(error)) throw error;
    return { code: error.code, reason: error.reason };
  }
}

function options(name: string, handler: LinkHandler) {
  return { clock: systemClock, deadlines: new Deadlines(systemClock), log: silentLogger, name, handler };
}

const quiet: LinkHandler = {
  onAsk() {},
  onNotice() {},
  onRelay() {},
  onPush() {},
  onMapForm() {},
  onClose() {},
};

/** Names as numbers, for the compact form. */
const names = ["echo", "fail", "throw", "unpackable", "unknown", "silent", "notice"];
const methodOf = (name: string) => names.indexOf(name) + 1;

const bytesOnly: Codec<Uint8Array> = {
  ...raw,
  write(writer, value) {
    if (!(value instanceof Uint8Array)) throw new TypeError("not bytes");
    raw.write(writer, value);
  },
};

function compactHandler(serve: () => Service, notices: string[]): LinkHandler {
  return {
    ...quiet,
    async onAsk(method, _target, bytes, start, end, _timeoutMs, reply) {
      const argument = bytes.slice(start, end);
      try {
        reply.answer(bytesOnly, (await serve()(names[method - 1]!, argument)) as Uint8Array);
      } catch (error) {
        reply.fail(error);
      }
    },
    onNotice: (method) => void notices.push(names[method - 1]!),
  };
}

const compact: Form = {
  name: "compact arrays",
  falsyResults: [new Uint8Array(0)],
  converse(near, far) {
    const notices: string[] = [];
    const link = new Link(
      near,
      options(
        "near",
        compactHandler(() => talk.served, notices),
      ),
    );
    const peer = new Link(
      far,
      options(
        "far",
        compactHandler(() => talk.peerServes, []),
      ),
    );
    const call = (from: Link, name: string, argument: unknown, timeoutMs?: number) =>
      outcomeOf(
        from.call(
          methodOf(name),
          raw,
          (argument ?? new Uint8Array(0)) as Uint8Array,
          raw,
          timeoutMs ? { timeoutMs } : {},
        ),
      );
    const talk: Conversation = {
      link,
      served: () => forever,
      peerServes: () => forever,
      notices,
      peerAsks: (name, argument) => call(peer, name, argument),
      peerNotifies: (name) => void peer.notice(methodOf(name), raw, new Uint8Array(0), undefined),
      asks: (name, argument, timeoutMs) => call(link, name, argument, timeoutMs),
      cut: () => peer.destroy(),
      close: async () => {
        peer.destroy();
        link.destroy();
      },
    };
    return talk;
  },
};

/** A peer that knows nothing but msgpack and the map, one byte a write. */
class MapPeer {
  readonly #transport: Transport;
  readonly #packr = new Packr({ useRecords: false, variableMapSize: true, int64AsType: "number" });
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  #bytes = Buffer.alloc(0);
  #last = 0;
  serves: Service = () => forever;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.start({
      onData: (chunk) => this.#read(chunk),
      onDrain() {},
      onClose() {},
    });
  }

  ask(name: string, argument: unknown): Promise<Outcome> {
    const key = `k${++this.#last}`;
    const args = argument === undefined ? [] : [argument];
    this.#send({ _msgtype: "ASK", _key: key, _name: name, _args: args, _kw: {} });
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  notify(name: string): void {
    this.#send({ _msgtype: "NOTICE", _key: "", _name: name, _args: [], _kw: {} });
  }

  #send(message: object): void {
    const packed = this.#packr.pack(message);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(packed.length);
    this.#transport.output.append(Buffer.concat([size, packed]));
    this.#transport.flushSoon();
  }

  #read(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readUInt32BE(0)) {
      const end = 4 + this.#bytes.readUInt32BE(0);
      // A plain array, so that binaries are plain arrays too.
      void this.#onMessage(this.#packr.unpack(new Uint8Array(this.#bytes.subarray(4, end))));
      this.#bytes = Buffer.from(this.#bytes.subarray(end));
    }
  }

  async #onMessage(message: Record<string, unknown>): Promise<void> {
    const { _msgtype: type, _key: key, _name: name, _args: args, result, error } = message;
    if (type === "ASK") {
      const answer = { _msgtype: "ANSWER", _key: key, result: null, error: null };
      try {
        const value = await this.serves(String(name), (args as unknown[])[0]);
        this.#send({ ...answer, result: value });
      } catch (thrown) {
        this.#send({ ...answer, error: thrown instanceof Error ? thrown.message : String(thrown) });
      }
      return;
    }
    const settle = this.#waiting.get(String(key));
    this.#waiting.delete(String(key));
    if (typeof error !== "string") return settle?.({ result });
    const [code = "", reason = ""] = error.split(": ", 2);
    settle?.({ code, reason });
  }
}

const map: Form = {
  name: "maps of a map-form peer",
  falsyResults: [0, false, "", null, [], {}, 0.5, -1, 2 ** 40],
  converse(near, far) {
    const notices: string[] = [];
    const link = new Link(
      near,
      options("near", {
        ...quiet,
        async onMapForm(name, args, _kw, reply) {
          if (!reply) return void notices.push(name);
          try {
            reply.answer(await talk.served(name, args[0]));
          } catch (error) {
            reply.fail(error);
          }
        },
      }),
    );
    const peer = new MapPeer(far);
    peer.serves = (name, argument) => talk.peerServes(name, argument);
    const talk: Conversation = {
      link,
      served: () => forever,
      peerServes: () => forever,
      notices,
      peerAsks: (name, argument) => peer.ask(name, argument),
      peerNotifies: (name) => peer.notify(name),
      asks: (name, argument, timeoutMs) =>
        outcomeOf(
          link.callMapForm(
            name,
            argument === undefined ? [] : [argument],
            {},
            timeoutMs ? { timeoutMs } : {},
          ),
        ),
      cut: () => far.destroy(),
      close: async () => {
        far.destroy();
        link.destroy();
      },
    };
    return talk;
  },
};

export const forms: readonly Form[] = [compact, map];

export interface Road {
  readonly name: string;
  open(): Promise<{ near: Transport; far: Transport; close(): Promise<void> }>;
}

export const roads: readonly Road[] = [
  {
    name: "memory",
    async open() {
      const [near, far] = memoryPair();
      return { near, far, close: async () => {} };
    },
  },
  {
    name: "memory, a byte at a time",
    async open() {
      const [near, far] = memoryPair({ chunkBytes: 1 });
      return { near, far, close: async () => {} };
    },
  },
  {
    name: "tcp",
    async open() {
      const accepted = Promise.withResolvers<Transport>();
      const buffers = new TransportBuffers();
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
        accepted.resolve(new TcpTransport(socket, buffers)),
      );
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const far = await dialTcp("127.0.0.1", address.port);
      const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
      return { near: await accepted.promise, far, close };
    },
  },
];
