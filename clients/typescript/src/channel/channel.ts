import { longestMs } from "../../../../runtime/options/rule-kinds.ts";
import type { Transport, TransportHandler } from "../../../../runtime/transport/transport.ts";
import { type Decoder, type Encoder, Reader } from "../../../../runtime/wire/codec/codec-runtime.ts";
import type { FrameSink, IllegalFrame } from "../../../../runtime/wire/frame/frame-decoder.ts";
import {
  commandBytes,
  controlAck,
  controlAuthenticate,
  controlAuthenticated,
  controlBye,
  controlCancel,
  controlGoAway,
  controlHello,
  controlKick,
  controlNodeChange,
  controlPing,
  controlPong,
  controlQueued,
  controlWelcome,
  defaultMaxFrameBytes,
  headerBytes,
} from "../../../../runtime/wire/frame/frame-format.ts";
import type { Kick } from "../../../../runtime/wire/generated/photinus/control.ts";
import {
  batchKind,
  controlKind,
  envelopeBytes,
  errorKind,
  type Kind,
  notifyKind,
  pushKind,
  replyKind,
} from "../../../../runtime/wire/session/envelope.ts";
import { getUint32 } from "../../../../runtime/wire/uint32.ts";
import { errorCodeOf, fail } from "../../../../schema/errors.ts";
import type { ClientCommand } from "../call-descriptors.ts";
import type { ChannelContext, ChannelHandler, Down } from "./channel-ports.ts";
import {
  type ClientHello,
  gotAuthenticated,
  gotFailure,
  gotGoAway,
  gotKick,
  gotNodeChange,
  gotPing,
  gotPong,
  gotQueued,
  gotWelcome,
  sentAck,
  sentAuthenticate,
  sentBye,
  sentCancel,
  sentHello,
  sentPing,
  sentPong,
  type Welcome,
} from "./control-messages.ts";
import type { Proof } from "./dial.ts";
import { FrameReader } from "./frame-reader.ts";
import { Heartbeat } from "./heartbeat.ts";
import { takePushes } from "./take-pushes.ts";
import { writeMessage } from "./write-message.ts";

/** Received bytes after which an Ack is sent, so that the server's buffer stays small. */
const ackBytes = 65_536;

/**
 * Least frame length that a server can accept, in bytes: every heartbeat message fits. A smaller value from a server is
 * wrong.
 */
const leastSendBytes = 64;

const notOneWelcome = "expected one welcome, first";

/** Makes the channels of a connection: what a `Compression` is. */
export type ChannelMaker = (
  context: ChannelContext,
  transport: Transport,
  handler: ChannelHandler,
) => Channel;

/** Runs the session protocol on one transport: hello, welcome, messages both ways, heartbeat, end. */
export class Channel implements TransportHandler, FrameSink {
  readonly #context: ChannelContext;
  readonly #transport: Transport;
  readonly #handler: ChannelHandler;
  readonly #decoder: FrameReader;
  #state: "greeting" | "queued" | "open" | "down" = "greeting";
  /** Largest frame length that the server accepts, from its welcome. */
  #maxSendBytes = defaultMaxFrameBytes;
  #helloAt = 0;
  #heartbeat: Heartbeat | undefined;
  /** Bytes received since the last Ack. */
  #unacknowledged = 0;

  constructor(context: ChannelContext, transport: Transport, handler: ChannelHandler) {
    this.#context = context;
    this.#transport = transport;
    this.#handler = handler;
    this.#decoder = new FrameReader(context.settings, this);
  }

  /** True between the welcome and the end. */
  get open(): boolean {
    return this.#state === "open";
  }

  /** Sends the hello; the result is `onWelcome` or `onDown`. */
  start(hello: ClientHello): void {
    this.#helloAt = this.#context.settings.clock.now();
    this.#transport.start(this);
    this.#sendControl(controlHello, sentHello, hello);
  }

  /** Sends an encoded request. Throws RESOURCE_EXHAUSTED when the queue is full, INVALID_ARGUMENT when it is too large. */
  send(frame: Uint8Array, mayCompress?: boolean): void {
    this.#checkRoom();
    this.sendAgain(frame, mayCompress);
  }

  /** Sends an encoded request that was accepted before: a full queue takes it, because it is in memory anyway. */
  sendAgain(frame: Uint8Array, mayCompress?: boolean): void {
    this.#checkSize(frame.length);
    this.append(frame, mayCompress);
  }

  /** Queues a frame that the server accepts. */
  protected append(frame: Uint8Array, _mayCompress?: boolean): void {
    this.#transport.output.append(frame);
    this.#transport.flushSoon();
  }

  notify<Q>({ id, request }: ClientCommand<Q, never>, message: Q): void {
    this.#write(id, request, message, notifyKind);
  }

  /** Brings a new ticket; the result is `onAuthenticated`. Throws RESOURCE_EXHAUSTED when the queue is full. */
  authenticate(ticket: Proof): void {
    this.#write(controlAuthenticate, sentAuthenticate, { ticket }, controlKind);
  }

  /** Notifies the server that the request is cancelled. */
  cancel(sequence: number): void {
    if (this.open) this.#sendControl(controlCancel, sentCancel, { sequence });
  }

  /** Ends the session, flushes the queue, then closes the channel from this side. */
  async close(reason: string): Promise<void> {
    this.#bye();
    const closing = this.#transport.close();
    this.#down({ code: "CANCELLED", reason, mayRetry: false });
    await closing;
  }

  /** Closes the channel at once. A client that will not come back says so, as far as the system takes the bytes at once. */
  destroy(down: Down): void {
    if (!down.mayRetry) {
      this.#transport.output.position = 0;
      this.#bye();
      this.#transport.flushNow();
    }
    this.#transport.destroy(down.reason);
    this.#down(down);
  }

  #bye(): void {
    if (this.open) this.#sendControl(controlBye, sentBye, {});
  }

  // Events of the transport

  onData(chunk: Uint8Array): void {
    this.#heartbeat?.heard();
    this.#decoder.push(chunk);
    this.#unacknowledged += chunk.length;
    if (this.#unacknowledged >= ackBytes) this.#acknowledge();
  }

  onDrain(): void {}

  onClose(reason: string): void {
    this.#down({ code: "UNAVAILABLE", reason, mayRetry: true });
  }

  // Events of the decoder

  onIllegal(reason: IllegalFrame): void {
    this.#refuse("frames.illegal", `illegal frame (${reason})`);
  }

  onFrame(command: number, _protoVersion: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state === "down") return;
    const first = end - start < envelopeBytes ? 0 : bytes[start]!;
    const sequence = getUint32(bytes, start + 1);
    const body = start + envelopeBytes;
    const { inbox } = this.#context;
    if (first === controlKind && sequence === 0) {
      this.#onControl(command, bytes, body, end);
    } else if (!this.open) {
      this.#refuse("envelopes.illegal", notOneWelcome);
    } else if (first === pushKind || first === batchKind) {
      const wrong = takePushes(this.#context, first, sequence, command, bytes, body, end, this);
      if (wrong) this.#refuse(...wrong);
    } else if (first === replyKind && sequence > 0) {
      if (!inbox.reply(sequence, command, bytes, body, end)) this.#refuseAnswer(sequence, command);
    } else if (first === errorKind && sequence > 0) {
      this.#read(gotFailure, bytes, body, end, (failure) => {
        if (!inbox.failure(sequence, command, failure)) this.#refuseAnswer(sequence, command);
      });
    } else {
      // A request, a notify, a flag that was not negotiated, a number where none belongs or the reverse, or too few bytes.
      this.#refuse("envelopes.illegal", `illegal envelope (0x${first.toString(16)}, sequence ${sequence})`);
    }
  }

  #refuseAnswer(sequence: number, command: number): void {
    this.#refuse("replies.mismatched", `the reply to request ${sequence} names another command, ${command}`);
  }

  #onControl(command: number, bytes: Uint8Array, start: number, end: number): void {
    const read = <M>(codec: Decoder<M>, take: (message: M) => void): void =>
      this.#read(codec, bytes, start, end, take);
    if (command === controlWelcome && !this.open) {
      read(gotWelcome, (welcome) => this.#onWelcome(welcome));
    } else if (command === controlKick) {
      read(gotKick, (kick) => this.#onKick(kick));
    } else if (command === controlQueued && !this.open) {
      this.#state = "queued";
      read(gotQueued, (queued) => this.#handler.onQueued(queued));
    } else if (
      command === controlWelcome ||
      (!this.open && (this.#state !== "queued" || command !== controlPing))
    ) {
      this.#refuse("envelopes.illegal", notOneWelcome);
    } else if (command === controlPing) {
      const clockMs = this.#context.settings.clock.wall();
      read(gotPing, ({ sentMs }) => this.#sendControl(controlPong, sentPong, { sentMs, clockMs }));
      if (!this.open) this.#handler.onQueued(undefined);
    } else if (command === controlAuthenticated) {
      read(gotAuthenticated, (answer) => this.#handler.tickets.answered(answer));
    } else if (command === controlPong) {
      read(gotPong, ({ sentMs, clockMs }) => this.#sample(sentMs, clockMs));
    } else if (command === controlGoAway) {
      read(gotGoAway, (goAway) => this.#handler.onGoAway(goAway));
    } else if (command === controlNodeChange) {
      read(gotNodeChange, (change) => this.#handler.onNodeChange(change));
    } else {
      // A newer server may send control messages that this client does not know.
      this.#context.counters.add("controls.unknown");
    }
  }

  #onWelcome(welcome: Welcome): void {
    const { schema, requireSameSchema } = this.#context.settings;
    if (requireSameSchema && welcome.schema !== schema) {
      const reason = `the server's schema is ${welcome.schema || "unknown"}; expected ${schema}`;
      this.destroy({ code: "FAILED_PRECONDITION", reason, mayRetry: false });
      return;
    }
    this.#state = "open";
    const { maxFrameBytes } = this.#context.settings;
    const most = Math.max(welcome.maxServerFrameBytes || maxFrameBytes, leastSendBytes);
    this.#decoder.maxFrameBytes = Math.min(most, maxFrameBytes);
    this.#maxSendBytes = Math.max(welcome.maxFrameBytes || defaultMaxFrameBytes, leastSendBytes);
    this.#sample(this.#helloAt, welcome.serverTimeMs);
    if (welcome.heartbeatMs > 0) this.#startHeartbeat(Math.min(welcome.heartbeatMs, longestMs));
    // The first frame shows the server that the new token has arrived.
    if (welcome.resumed) this.#acknowledge(true);
    this.welcomed(welcome);
  }

  protected welcomed(welcome: Welcome): void {
    this.#handler.onWelcome(welcome);
  }

  #onKick(kick: Kick): void {
    void this.#transport.close();
    const reason = kick.reason || "kicked by the server";
    const code = errorCodeOf(kick.code);
    const retryAfterMs = Math.min(kick.retryAfterMs, longestMs);
    const upgrade = code === "UPGRADE_REQUIRED" ? kick : undefined;
    // The release of this client stays the same, whatever the server says.
    const mayRetry = kick.reconnect && !upgrade;
    this.#down({ code, reason, kicked: true, mayRetry, retryAfterMs, upgrade });
  }

  #startHeartbeat(intervalMs: number): void {
    // The time to the welcome includes the server's admission; only a ping measures the round trip alone.
    this.#context.roundTrip.restart();
    this.#heartbeat = new Heartbeat(
      this.#context.settings.clock,
      intervalMs,
      (sentMs) => {
        this.#acknowledge();
        this.#sendControl(controlPing, sentPing, { sentMs });
      },
      () =>
        this.destroy({
          code: "UNAVAILABLE",
          reason: `the server has been silent for ${intervalMs * 2} ms`,
          mayRetry: true,
        }),
    );
  }

  /** Acknowledges what has arrived, if anything has or if it must be said. */
  #acknowledge(must = false): void {
    if (!this.open || !(must || this.#unacknowledged)) return;
    this.#unacknowledged = 0;
    const { lastPush: push, answerCount } = this.#context.inbox;
    this.#sendControl(controlAck, sentAck, { push, answerCount });
  }

  #sample(sentAt: number, serverMs: number): void {
    const { clock } = this.#context.settings;
    this.#context.roundTrip.sample(clock.now() - sentAt, serverMs, clock.wall());
  }

  /**
   * Sends a control message. With a full queue the message is dropped and counted, because it has no caller to fail.
   */
  #sendControl<M>(command: number, codec: Encoder<M>, message: M): void {
    const { settings, counters } = this.#context;
    if (this.#transport.bufferedBytes > settings.maxBufferedBytes) counters.add("controls.dropped");
    else this.#write(command, codec, message, controlKind);
  }

  #write<Q>(id: number, codec: Encoder<Q>, message: Q, of: Kind): void {
    this.#checkRoom();
    const { output } = this.#transport;
    const before = output.position;
    writeMessage(output, this.#context.settings, id, codec, message, of, 0, -1);
    const size = output.position - before;
    output.position = before;
    this.#checkSize(size);
    output.position += size;
    this.#transport.flushSoon();
  }

  #checkRoom(): void {
    const { bufferedBytes } = this.#transport;
    if (bufferedBytes > this.#context.settings.maxBufferedBytes) {
      throw fail("RESOURCE_EXHAUSTED", `${bufferedBytes} bytes are queued already`);
    }
  }

  /** Checks the length of a frame, as its header counts it, against the server's limit. */
  #checkSize(size: number): void {
    const length = size - headerBytes(this.#context.settings.frame.layout) + commandBytes;
    if (length > this.#maxSendBytes) {
      throw fail(
        "INVALID_ARGUMENT",
        `the frame has ${length} bytes; the server's limit is ${this.#maxSendBytes}`,
      );
    }
  }

  /** Decodes a control message or an error. A malformed one ends the channel. */
  #read<M>(
    codec: Decoder<M>,
    bytes: Uint8Array,
    start: number,
    end: number,
    take: (message: M) => void,
  ): void {
    let message: M;
    try {
      message = codec.read(new Reader(bytes, start, end), end);
    } catch {
      this.#refuse("envelopes.illegal", `the server sent a malformed ${codec.name}`);
      return;
    }
    take(message);
  }

  /** Ends the channel after a message that breaks the protocol. */
  #refuse(counter: string, reason: string): void {
    this.#context.counters.add(counter);
    this.destroy({ code: "INTERNAL", reason, mayRetry: true });
  }

  #down(down: Down): void {
    if (this.#state === "down") return;
    this.#state = "down";
    this.#heartbeat?.stop();
    this.#decoder.destroy();
    this.#handler.onDown(down);
  }
}
