import { dialTcp } from "../../../../runtime/transport/tcp.ts";
import type { Transport, TransportHandler } from "../../../../runtime/transport/transport.ts";
import type { Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { control, defaultFrameFormat as format } from "../../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../../runtime/wire/frame/frame-writer.ts";
import { Hello } from "../../../../runtime/wire/generated/photinus/control.ts";
import { type Kind, kind, writeEnvelope } from "../../../../runtime/wire/session/envelope.ts";
import { commands } from "../../../integration/gate/schema.ts";

/** Clients that connect at a time. */
const batchCount = 200;

/** Clients that can resume, count what they get, and acknowledge nothing. Each sends one notify, so that a node knows its session. */
export class MemoryClients {
  readonly #clients: readonly MemoryClient[];

  private constructor(clients: readonly MemoryClient[]) {
    this.#clients = clients;
  }

  /** Connects clients. Resolves when each has its welcome. */
  static async connect(
    { host, port }: { host: string; port: number },
    count: number,
  ): Promise<MemoryClients> {
    const clients: MemoryClient[] = [];
    while (clients.length < count) {
      const size = Math.min(batchCount, count - clients.length);
      const batch = await Promise.all(
        Array.from({ length: size }, async () => new MemoryClient(await dialTcp(host, port))),
      );
      await Promise.all(batch.map((client) => client.received(1)));
      for (const client of batch) client.begin();
      clients.push(...batch);
    }
    return new MemoryClients(clients);
  }

  /** Resolves when each client has received so many bytes after its welcome. */
  async received(bytes: number): Promise<void> {
    for (const client of this.#clients) await client.received(bytes);
  }

  /** Loses all connections, without a word. */
  cut(): void {
    for (const { transport } of this.#clients) transport.destroy();
  }
}

class MemoryClient implements TransportHandler {
  readonly transport: Transport;
  receivedBytes = 0;
  #wake: () => void = () => {};

  constructor(transport: Transport) {
    this.transport = transport;
    transport.start(this);
    this.#send(kind.control, control.hello, (output) =>
      Hello.write(output, Hello.create({ canResume: true })),
    );
  }

  /** Counts from now on, after the welcome, and sends the notify. */
  begin(): void {
    this.receivedBytes = 0;
    this.#send(kind.notify, commands.note.id, (output) => output.append(Uint8Array.of(1)));
  }

  async received(bytes: number): Promise<void> {
    while (this.receivedBytes < bytes) {
      if (this.transport.closed) throw new Error("the gate closed a connection");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  onData(chunk: Uint8Array): void {
    this.receivedBytes += chunk.length;
    this.#wake();
  }

  #send(of: Kind, command: number, body: (output: Writer) => void): void {
    const { output } = this.transport;
    const mark = beginFrame(output, format, 1, command);
    writeEnvelope(output, of, 0);
    body(output);
    endFrame(output, format, mark);
    this.transport.flushSoon();
  }

  onDrain(): void {}

  onClose(): void {
    this.#wake();
  }
}
