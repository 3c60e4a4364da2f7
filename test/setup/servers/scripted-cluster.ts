import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import calculateSlot from "cluster-key-slot";

const slotCount = 16_384;

/** Command as a server received it: its name in upper case, and its arguments. */
export interface Received {
  /** Index of the server. */
  readonly at: number;
  readonly name: string;
  readonly args: readonly string[];
  /** Whether ASKING came directly before the command. */
  readonly isAsking: boolean;
}

/** Executes a command. Gives its reply in the bytes of the protocol. The next command of the connection waits for it. */
export type Answer = (command: Received) => string | Promise<string>;

/** Reply of one type, in the bytes of the protocol. */
export const reply = Object.freeze({
  error: (text: string) => `-${text}\r\n`,
  number: (value: number) => `:${value}\r\n`,
  text: (value: string) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`,
  list: (parts: readonly string[]) => `*${parts.length}\r\n${parts.join("")}`,
});

/**
 * Cluster without data: servers on loopback that answer what a test says. The servers' own view of the slots, `CLUSTER SLOTS`,
 * is {@link ownerOf} of each server.
 */
export class ScriptedCluster implements AsyncDisposable {
  readonly ports: number[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #answer: Answer;
  /** Owner of each slot, as each server knows it. */
  readonly #views: Uint8Array[] = [];

  private constructor(answer: Answer) {
    this.#answer = answer;
  }

  /** Starts servers; the first one has all slots. */
  static async start(count: number, answer: Answer): Promise<ScriptedCluster> {
    const cluster = new ScriptedCluster(answer);
    for (let at = 0; at < count; at++) {
      cluster.#views.push(new Uint8Array(slotCount));
      const server = createServer({ noDelay: true }, (socket) => cluster.#serve(at, socket));
      cluster.#servers.push(server.listen(0, "127.0.0.1"));
      await once(server, "listening");
      cluster.ports.push((server.address() as AddressInfo).port);
    }
    return cluster;
  }

  get urls(): string {
    return this.ports.map((port) => `redis://127.0.0.1:${port}`).join();
  }

  /** Tells servers who has the slot of a hash tag; all servers by default. */
  give(tag: string, owner: number, told = this.#views.map((_, at) => at)): void {
    for (const at of told) this.#views[at]![calculateSlot(tag)] = owner;
  }

  /** Owner of a tag's slot, as a server knows it. */
  ownerOf(tag: string, at: number): number {
    return this.#views[at]![calculateSlot(tag)]!;
  }

  /** Error that sends a client to another server. */
  redirection(word: "MOVED" | "ASK", tag: string, to: number): string {
    return reply.error(`${word} ${calculateSlot(tag)} 127.0.0.1:${this.ports[to]}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => once(server.close(), "close")));
  }

  #serve(at: number, socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    let bytes = Buffer.alloc(0);
    let isAsking = false;
    let sent = Promise.resolve();
    socket.on("data", (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const command = commandIn(bytes);
        if (command === undefined) return;
        bytes = bytes.subarray(command.length);
        const [name = "", ...args] = command.words;
        const received = { at, name: name.toUpperCase(), args, isAsking };
        isAsking = received.name === "ASKING";
        sent = sent.then(async () => void socket.write(await this.#answerOf(received)));
      }
    });
  }

  #answerOf(command: Received): string | Promise<string> {
    switch (command.name) {
      case "INFO":
        return reply.text("redis_version:7.0.0\r\nredis_mode:cluster\r\nloading:0\r\n");
      case "CLUSTER":
        return command.args[0]!.toUpperCase() === "SLOTS"
          ? this.#slots(command.at)
          : reply.text("cluster_state:ok\r\n");
      case "EVAL":
      case "EVALSHA":
      case "GET":
        return this.#answer(command);
      default:
        return "+OK\r\n";
    }
  }

  #slots(at: number): string {
    const view = this.#views[at]!;
    const ranges: string[] = [];
    for (let first = 0, slot = 1; slot <= slotCount; slot++) {
      if (slot < slotCount && view[slot] === view[first]) continue;
      const server = reply.list([reply.text("127.0.0.1"), reply.number(this.ports[view[first]!]!)]);
      ranges.push(reply.list([reply.number(first), reply.number(slot - 1), server]));
      first = slot;
    }
    return reply.list(ranges);
  }
}

/** First command of the bytes, a list of texts; undefined when it is not complete. */
function commandIn(bytes: Buffer): { readonly words: string[]; readonly length: number } | undefined {
  let at = 0;
  const number = () => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const value = Number(bytes.toString("latin1", at + 1, end));
    at = end + 2;
    return value;
  };
  const count = number();
  if (count === undefined) return undefined;
  const words: string[] = [];
  while (words.length < count) {
    const length = number();
    if (length === undefined || bytes.length < at + length + 2) return undefined;
    words.push(bytes.toString("utf8", at, at + length));
    at += length + 2;
  }
  return { words, length: at };
}
