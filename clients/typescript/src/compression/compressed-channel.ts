import type { Transport } from "../../../../runtime/transport/transport.ts";
import { Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import type { IllegalFrame } from "../../../../runtime/wire/frame/frame-decoder.ts";
import { commandBytes, headerBytes } from "../../../../runtime/wire/frame/frame-format.ts";
import type { BrokenBody } from "../../../../runtime/wire/session/compressed-body.ts";
import {
  deadlineBytes,
  envelopeBytes,
  flag,
  notifyKind,
  pushKind,
  replyKind,
} from "../../../../runtime/wire/session/envelope.ts";
import { getUint32, putUint32 } from "../../../../runtime/wire/uint32.ts";
import type { ClientCommand } from "../call-descriptors.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelContext, ChannelHandler } from "../channel/channel-ports.ts";
import type { ClientHello, Welcome } from "../channel/control-messages.ts";
import { writeMessage } from "../channel/write-message.ts";

/** Compresses and expands bodies by the means of one engine. */
export interface BodyCodec {
  /** Compressions that it knows, by their numbers on the wire, the favourite first. */
  readonly kinds: Uint8Array;
  /** Expands the body bytes[start, end) to `most` bytes at most; the result may come later. Returns why it is broken otherwise. */
  expand(
    kind: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    most: number,
  ): Uint8Array | BrokenBody | Promise<Uint8Array | BrokenBody>;
  /**
   * Compresses the body bytes[start, end). Returns undefined when that does not pay. Absent where the engine compresses only
   * asynchronously: then requests are sent as they are.
   */
  compress?(kind: number, bytes: Uint8Array, start: number, end: number): Uint8Array | undefined;
}

/** Channel whose bodies may be compressed, when the server agrees. Frames keep their order, also while a body is expanded. */
export class CompressedChannel extends Channel {
  readonly #codec: BodyCodec;
  readonly #context: ChannelContext;
  readonly #transport: Transport;
  /** Number of the compression; 0 before the welcome, or when the server wants none. */
  #kind = 0;
  /** Least size of a body that is compressed, in bytes. */
  #aboveBytes = 0;
  /** Largest body after its expansion, in bytes. */
  #mostBytes = 0;
  /** Input behind a body that is expanded now. */
  readonly #waiting: (() => void | Promise<void>)[] = [];
  #busy = false;

  constructor(codec: BodyCodec, context: ChannelContext, transport: Transport, handler: ChannelHandler) {
    super(context, transport, handler);
    this.#codec = codec;
    this.#context = context;
    this.#transport = transport;
  }

  override start(hello: ClientHello): void {
    super.start({ ...hello, compressions: this.#codec.kinds });
  }

  protected override welcomed(welcome: Welcome): void {
    const { maxFrameBytes } = this.#context.settings;
    const frameBytes = Math.min(welcome.maxServerFrameBytes || maxFrameBytes, maxFrameBytes);
    this.#mostBytes = frameBytes - commandBytes - envelopeBytes;
    this.#kind = this.#codec.kinds.includes(welcome.compression) ? welcome.compression : 0;
    this.#aboveBytes = welcome.compressAbove;
    super.welcomed(welcome);
  }

  // From the server

  override onFrame(
    command: number,
    protoVersion: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const isCompressed = this.#kind !== 0 && end - start >= envelopeBytes && isPacked(bytes[start]!);
    if (isCompressed && !this.#busy) this.#expand(command, protoVersion, bytes, start, end);
    else if (!this.#busy) super.onFrame(command, protoVersion, bytes, start, end);
    else {
      // The chunk's memory belongs to the reader.
      const own = bytes.slice(start, end);
      this.#waiting.push(() =>
        isCompressed
          ? this.#expand(command, protoVersion, own, 0, own.length)
          : super.onFrame(command, protoVersion, own, 0, own.length),
      );
    }
  }

  override onIllegal(reason: IllegalFrame): void {
    this.#inTurn(() => super.onIllegal(reason));
  }

  override onClose(reason: string): void {
    this.#inTurn(() => super.onClose(reason));
  }

  #inTurn(run: () => void): void {
    if (this.#busy) this.#waiting.push(run);
    else run();
  }

  /** Delivers a frame whose body is compressed: at once, or after what the engine does meanwhile. */
  #expand(
    command: number,
    protoVersion: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void | Promise<void> {
    const envelope = bytes.slice(start, start + envelopeBytes);
    envelope[0]! &= ~flag.compressed;
    const body = start + envelopeBytes;
    const deliver = (plain: Uint8Array | BrokenBody): void => {
      if (typeof plain === "string") {
        super.onIllegal(`compressed body: ${plain}` as IllegalFrame);
        return;
      }
      const frame = new Uint8Array(envelopeBytes + plain.length);
      frame.set(envelope);
      frame.set(plain, envelopeBytes);
      super.onFrame(command, protoVersion, frame, 0, frame.length);
    };
    const plain = this.#codec.expand(this.#kind, bytes, body, end, this.#mostBytes);
    if (!(plain instanceof Promise)) return deliver(plain);
    const done = plain.then(deliver);
    if (!this.#busy) void this.#drain(done);
    return done;
  }

  /** Delivers what waits behind a body. The transport delivers nothing meanwhile, so that this is the rest of one chunk. */
  async #drain(first: Promise<void>): Promise<void> {
    this.#busy = true;
    this.#transport.pause();
    try {
      await first;
      // Input that waits in a channel that has ended is dropped.
      for (let run = this.#waiting.shift(); run && this.open; run = this.#waiting.shift()) await run();
    } catch (error) {
      this.destroy({ code: "INTERNAL", reason: `a message cannot be delivered: ${error}`, mayRetry: true });
    }
    this.#waiting.length = 0;
    this.#busy = false;
    this.#transport.resume();
  }

  // To the server

  protected override append(frame: Uint8Array, mayCompress?: boolean): void {
    super.append((mayCompress && this.#compressed(frame)) || frame);
  }

  override notify<Q>(command: ClientCommand<Q, never>, message: Q): void {
    if (!command.compress || !this.#kind || !this.#codec.compress) {
      super.notify(command, message);
      return;
    }
    const w = new Writer();
    writeMessage(w, this.#context.settings, command.id, command.request, message, notifyKind, 0, -1);
    this.send(w.finish(), true);
  }

  /** Returns the frame of a request or notify with its body compressed; undefined when that does not pay. */
  #compressed(frame: Uint8Array): Uint8Array | undefined {
    const header = headerBytes(this.#context.settings.frame.layout);
    const isTimed = (frame[header]! & flag.deadline) !== 0;
    const body = header + envelopeBytes + (isTimed ? deadlineBytes : 0);
    if (!this.#kind || frame.length - body < this.#aboveBytes) return undefined;
    const packed = this.#codec.compress?.(this.#kind, frame, body, frame.length);
    if (!packed) return undefined;
    const whole = new Uint8Array(body + packed.length);
    whole.set(frame.subarray(0, body));
    whole.set(packed, body);
    const lengthAt = header - commandBytes - 4;
    putUint32(whole, lengthAt, getUint32(frame, lengthAt) - frame.length + whole.length);
    whole[header]! |= flag.compressed;
    return whole;
  }
}

/** Whether the first byte of an envelope is that of a reply or push with a compressed body. */
function isPacked(first: number): boolean {
  return first === (replyKind | flag.compressed) || first === (pushKind | flag.compressed);
}
