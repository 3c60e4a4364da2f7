import type { Connection, ConnectOptions, Dial } from "../../../clients/typescript/src/index.ts";
import { connect } from "../../../clients/typescript/src/index.ts";
import { FakeClock } from "../../../runtime/clock/fake-clock.ts";
import { memoryPair } from "../../../runtime/transport/memory.ts";
import type { Transport } from "../../../runtime/transport/transport.ts";
import { compressBody, expandBody } from "../../../runtime/transport/zlib-bodies.ts";
import {
  decode,
  type Encoder,
  encode,
  type MessageInit,
  type MessageType,
} from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat, sessionVersion } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import {
  Compression,
  Failure,
  Hello,
  Kick,
  Pong,
  Welcome,
} from "../../../runtime/wire/generated/photinus/control.ts";
import {
  Envelope,
  type Kind,
  kind,
  markCompressed,
  readEnvelope,
  writeEnvelope,
} from "../../../runtime/wire/session/envelope.ts";
import { fail } from "../../../schema/errors.ts";

/** A message that a server has received. */
export interface Received {
  readonly kind: Kind;
  readonly command: number;
  readonly sequence: number;
  readonly remainingMs: number;
  readonly body: Uint8Array;
  /** Whether the body was compressed on the wire. */
  readonly compressed: boolean;
}

/** The server's end of one connection, moved by the test: it does nothing by itself. */
export class FakePeer {
  readonly transport: Transport;
  readonly received: Received[] = [];
  /** How often bytes arrived: one for each of the client's writes. */
  chunkCount = 0;
  closedBecause: string | undefined;
  /** Compression that the welcome has chosen. */
  compression: Compression = Compression.UNCOMPRESSED;
  #pushed = 0;

  constructor(transport: Transport) {
    this.transport = transport;
    const decoder = new FrameDecoder(
      { format: defaultFrameFormat, protoVersions: [sessionVersion] },
      {
        onFrame: (command, _version, bytes, start, end) => {
          const envelope = new Envelope();
          const fault = readEnvelope(bytes, start, end, envelope, this.compression > 0);
          if (fault) throw new Error(`the client sent an illegal envelope: ${fault}`);
          const { kind: of, sequence, remainingMs, bodyStart, compressed } = envelope;
          const body = compressed
            ? expandBody(this.compression, bytes, bodyStart, end, 65_536)
            : bytes.slice(bodyStart, end);
          if (typeof body === "string") throw new Error(`the client sent an illegal body: ${body}`);
          this.received.push({ kind: of, command, sequence, remainingMs, body, compressed });
        },
        onIllegal: (reason) => {
          throw new Error(`the client sent an illegal frame: ${reason}`);
        },
      },
    );
    transport.start({
      onData: (chunk) => {
        this.chunkCount++;
        decoder.push(chunk);
      },
      onDrain() {},
      onClose: (reason) => {
        this.closedBecause = reason;
      },
    });
  }

  get hello(): Hello {
    return decode(Hello, this.of(control.hello)[0]!.body);
  }

  /** What arrived under a command, oldest first. */
  of(command: number): Received[] {
    return this.received.filter((message) => message.command === command);
  }

  send<T>(of: Kind, command: number, sequence: number, codec: Encoder<T>, message: T): void {
    const { output } = this.transport;
    const mark = beginFrame(output, defaultFrameFormat, sessionVersion, command);
    writeEnvelope(output, of, sequence);
    codec.write(output, message);
    endFrame(output, defaultFrameFormat, mark);
    this.transport.flushSoon();
  }

  control<T>(command: number, codec: MessageType<T>, message: MessageInit<T>): void {
    this.send(kind.control, command, 0, codec, codec.create(message));
  }

  /** Sends a message whose body is compressed. `spoil` changes the compressed body. */
  sendPacked<T>(
    of: Kind,
    command: number,
    sequence: number,
    codec: Encoder<T>,
    message: T,
    spoil = (packed: Uint8Array) => packed,
  ): void {
    const body = encode(codec, message);
    const packed = compressBody(this.compression, body, 0, body.length);
    if (!packed) throw new Error("the body does not get smaller");
    const { output } = this.transport;
    const mark = beginFrame(output, defaultFrameFormat, sessionVersion, command);
    writeEnvelope(output, of, sequence);
    markCompressed(output);
    output.append(spoil(packed));
    endFrame(output, defaultFrameFormat, mark);
    this.transport.flushSoon();
  }

  welcome(welcome: MessageInit<Welcome> = {}): void {
    this.compression = welcome.compression ?? Compression.UNCOMPRESSED;
    this.control(control.welcome, Welcome, {
      session: "s1",
      heartbeatMs: 1_000,
      maxFrameBytes: 65_536,
      ...welcome,
    });
  }

  pong(): void {
    this.control(control.pong, Pong, { sentMs: 0, clockMs: 0 });
  }

  kick(message: MessageInit<Kick>): void {
    this.control(control.kick, Kick, message);
  }

  reply<T>(to: Received, codec: Encoder<T>, message: T): void {
    this.send(kind.reply, to.command, to.sequence, codec, message);
  }

  fail(to: Received, failure: MessageInit<Failure>): void {
    this.send(kind.error, to.command, to.sequence, Failure, Failure.create(failure));
  }

  push<T>(id: number, codec: Encoder<T>, message: T): void {
    this.send(kind.push, id, ++this.#pushed, codec, message);
  }

  /** Bytes as they are. */
  garbage(bytes: Iterable<number>): void {
    for (const byte of bytes) {
      this.transport.output.ensure(1);
      this.transport.output.bytes[this.transport.output.position++] = byte;
    }
    this.transport.flushSoon();
  }
}

/** A server in memory: each dial makes a peer, unless it is told to be out of reach. */
export class FakeServer {
  readonly clock = new FakeClock();
  readonly peers: FakePeer[] = [];
  readonly urls: string[] = [];
  reachable = true;
  /** Bytes in a chunk at most, to cut what the server sends. */
  chunkBytes = Number.POSITIVE_INFINITY;
  /** What a new connection is welcomed with; undefined: the test says welcome itself. */
  greeting: MessageInit<Welcome> | undefined = {};

  readonly dial: Dial = async (url) => {
    this.urls.push(url);
    if (!this.reachable) throw fail("UNAVAILABLE", `cannot connect to ${url}`);
    const [client, server] = memoryPair({ chunkBytes: this.chunkBytes });
    const peer = new FakePeer(server);
    this.peers.push(peer);
    if (this.greeting) peer.welcome(this.greeting);
    return client;
  };

  get peer(): FakePeer {
    return this.peers.at(-1)!;
  }

  connect(options: ConnectOptions = {}): Promise<Connection> {
    return connect("memory://server", { dial: this.dial, clock: this.clock, random: () => 0, ...options });
  }
}

/** Lets everything that is under way in memory arrive. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 12; i++) await new Promise((resolve) => setImmediate(resolve));
}
