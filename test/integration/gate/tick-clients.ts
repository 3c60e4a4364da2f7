import type { Gate } from "../../../runtime/gate/gate.ts";
import { dialTcp } from "../../../runtime/transport/tcp.ts";
import type { Transport, TransportHandler } from "../../../runtime/transport/transport.ts";
import { FrameDecoder, type FrameSink } from "../../../runtime/wire/frame/frame-decoder.ts";
import { classicVersion, defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { writeFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { text } from "./raw-client.ts";

/** A gfirefly client, which notes what comes. */
export class ClassicClient implements TransportHandler, FrameSink {
  /** Bodies of all frames, as text. */
  readonly got: string[] = [];
  readonly transport: Transport;
  readonly #decoder = new FrameDecoder({ format, maxFrameBytes: 1 << 20, protoVersions: [0] }, this);

  private constructor(transport: Transport) {
    this.transport = transport;
    transport.start(this);
  }

  static async dial(gate: Gate): Promise<ClassicClient> {
    const { host, port } = gate.clientAddress!;
    return new ClassicClient(await dialTcp(host, port));
  }

  send(command: number, body: string): void {
    writeFrame(this.transport.output, format, classicVersion, command, text(body));
    this.transport.flushSoon();
  }

  onData(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  onFrame(_id: number, _version: number, bytes: Uint8Array, start: number, end: number): void {
    this.got.push(new TextDecoder().decode(bytes.subarray(start, end)));
  }

  onIllegal(reason: string): void {
    throw new Error(`the gate sent an illegal frame: ${reason}`);
  }

  onDrain(): void {}

  onClose(): void {}
}
