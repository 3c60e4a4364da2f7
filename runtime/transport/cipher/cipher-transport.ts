import { maxSealedBytes, type RecordCipher, recordHeadBytes } from "../../wire/cipher/cipher.ts";
import { Writer } from "../../wire/codec/writer.ts";
import { emptyBytes } from "../../wire/empty-bytes.ts";
import type {
  OutputWatcher,
  Transport,
  TransportCloseOptions,
  TransportHandler,
  TransportKind,
  TurnShare,
} from "../transport.ts";
import { RecordSplitter } from "./record-splitter.ts";

/** Units of a share that a record takes, besides those of its frames: it costs about as much as a WebSocket frame. */
export const recordFrames = 8;

/** Reason why records are illegal. `cipher-length`: a length without content; `cipher-record`: one that does not verify. */
export type IllegalRecord = "cipher-length" | "cipher-record";

/** Schedules one flush at the end of the current tick, however often it is asked. */
export interface FlushTimer {
  schedule(): void;
  /** Releases what a timer holds. */
  stop(): void;
}

/** Parts of a {@link CipherTransport}. */
export interface CipherTransportParts {
  /** Connection that carries the records; its handshake is done. */
  readonly inner: Transport;
  readonly records: RecordCipher;
  /** Starts the delivery of the bytes after the handshake to a handler. */
  readonly begin: (handler: TransportHandler) => void;
  readonly flushTimer: (flush: () => void) => FlushTimer;
  /** Memory for the output, shared by connections. Default: each connection keeps its own. */
  readonly buffers?: { take(size: number): Uint8Array; give(bytes: Uint8Array): void } | undefined;
  /** Called when the peer sent an illegal record, before the connection is destroyed. */
  readonly onIllegal?: ((reason: IllegalRecord, remote: string) => void) | undefined;
}

/**
 * A transport that encrypts: all frames of one flush become one record, or several of up to 64 KiB, in one write. The peer's
 * records are decrypted one by one; one that does not verify destroys the connection without an answer.
 */
export class CipherTransport implements Transport, TransportHandler {
  readonly kind: TransportKind;
  readonly remote: string;
  readonly startMs: number | undefined;
  declare readonly turn?: TurnShare;
  watcher: OutputWatcher | undefined;
  readonly #parts: CipherTransportParts;
  readonly #inner: Transport;
  readonly #share: ContentShare | undefined;
  readonly #flush: FlushTimer;
  readonly #writer = new Writer(0);
  readonly #splitter: RecordSplitter;
  #handler: TransportHandler | undefined;
  #lastBytes = 0;
  /** True once this side has closed the connection. A peer's end is no reason to drop its last bytes. */
  #isOver = false;
  /** Content that the handler put back. The next chunk begins with its sealed bytes, of which #skip belong to it. */
  #back: Uint8Array | undefined;
  #skip = 0;

  constructor(parts: CipherTransportParts) {
    const { inner } = parts;
    this.#parts = parts;
    this.#inner = inner;
    this.kind = inner.kind;
    this.remote = inner.remote;
    this.startMs = inner.startMs;
    if (inner.turn !== undefined) this.turn = this.#share = new ContentShare();
    this.#splitter = new RecordSplitter(parts.records.overheadBytes);
    this.#flush = parts.flushTimer(() => this.flushNow());
  }

  get local(): string {
    return this.#inner.local;
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  get output(): Writer {
    const writer = this.#writer;
    const { buffers } = this.#parts;
    if (writer.bytes.length === 0 && buffers !== undefined) writer.bytes = buffers.take(this.#lastBytes);
    return writer;
  }

  get bufferedBytes(): number {
    return this.#writer.position + this.#inner.bufferedBytes;
  }

  /** Undefined in a client, whose connection does not count. */
  get sentCount(): number | undefined {
    return this.#inner.sentCount;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
    this.#parts.begin(this);
  }

  flushSoon(): void {
    this.#flush.schedule();
  }

  flushNow(): void {
    if (this.closed) {
      this.#drop();
    } else if (this.#writer.position > 0) {
      this.#seal();
      this.#inner.flushNow();
    }
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  close(options?: TransportCloseOptions): Promise<void> {
    if (!this.closed && this.#writer.position > 0) this.#seal();
    this.#isOver = true;
    return this.#inner.close(options);
  }

  destroy(reason?: string): void {
    this.#isOver = true;
    this.#drop();
    this.#inner.destroy(reason);
  }

  onData(chunk: Uint8Array): void {
    const { turn } = this.#inner;
    let at = 0;
    const back = this.#back;
    if (back !== undefined) {
      this.#back = undefined;
      if (!this.#deliver(back, chunk, 0, this.#skip)) return;
      at = this.#skip;
    }
    const splitter = this.#splitter;
    while (at < chunk.length && !this.#isOver) {
      if (turn !== undefined && turn.left <= 0) {
        turn.putBack(chunk.subarray(at));
        return;
      }
      const end = splitter.next(chunk, at);
      if (splitter.illegal) {
        this.#refuse("cipher-length");
        return;
      }
      const { record } = splitter;
      if (record === undefined) return;
      const content = this.#open(record);
      if (content === undefined) return;
      if (turn !== undefined) turn.left -= recordFrames;
      if (!this.#deliver(content, chunk, at, end)) return;
      at = end;
    }
  }

  onDrain(): void {
    if (this.#writer.position === 0) this.#handler?.onDrain();
  }

  onPeerEnd(): boolean {
    return this.#handler?.onPeerEnd?.() === true;
  }

  onClose(reason: string): void {
    this.#drop();
    this.#flush.stop();
    this.#splitter.drop();
    this.#back = undefined;
    this.#handler?.onClose(reason);
  }

  /** Seals the output into the output of the connection. */
  #seal(): void {
    this.watcher?.beforeFlush();
    const { records } = this.#parts;
    const { bytes, position: size } = this.#writer;
    const { output } = this.#inner;
    const most = maxSealedBytes - records.overheadBytes;
    output.ensure(size + Math.ceil(size / most) * (recordHeadBytes + records.overheadBytes));
    for (let at = 0; at < size; at += most) {
      const head = output.position;
      output.position = head + recordHeadBytes;
      records.seal(bytes.subarray(at, Math.min(size, at + most)), output);
      const sealed = output.position - head - recordHeadBytes;
      output.bytes[head] = sealed >>> 8;
      output.bytes[head + 1] = sealed;
    }
    this.#lastBytes = size;
    this.#release();
  }

  /** Drops unsent output. */
  #drop(): void {
    this.watcher?.beforeFlush();
    this.#release();
  }

  #release(): void {
    const writer = this.#writer;
    writer.position = 0;
    const { buffers } = this.#parts;
    if (buffers === undefined || writer.bytes.length === 0) return;
    buffers.give(writer.bytes);
    writer.bytes = emptyBytes;
  }

  #open(record: Uint8Array): Uint8Array | undefined {
    try {
      return this.#parts.records.open(record);
    } catch {
      this.#refuse("cipher-record");
      return undefined;
    }
  }

  /** Destroys the connection. A peer finds no difference between the reasons. */
  #refuse(reason: IllegalRecord): void {
    this.#parts.onIllegal?.(reason, this.remote);
    this.destroy(reason === "cipher-length" ? "illegal record length" : "a record did not verify");
  }

  /**
   * Delivers content whose sealed bytes end at chunk[from, end). Returns false when the turn is over: the rest of the chunk was
   * put back.
   */
  #deliver(content: Uint8Array, chunk: Uint8Array, from: number, end: number): boolean {
    const { turn } = this.#inner;
    const share = this.#share;
    if (turn === undefined || share === undefined) {
      this.#handler?.onData(content);
      return true;
    }
    share.left = turn.left;
    this.#handler?.onData(content);
    turn.left = share.left;
    const rest = share.takeBack();
    if (rest === undefined || this.#isOver) return true;
    if (rest.length === 0) {
      turn.putBack(chunk.subarray(end));
    } else {
      // The sealed bytes of the rest are not read again, and have to be ahead of all other bytes.
      this.#back = rest;
      this.#skip = end - from;
      turn.putBack(chunk.subarray(from));
    }
    return false;
  }
}

/** The share that a handler of contents takes units from: that of the connection. */
class ContentShare implements TurnShare {
  left = 0;
  #back: Uint8Array | undefined;

  putBack(rest: Uint8Array): void {
    this.#back = rest;
  }

  takeBack(): Uint8Array | undefined {
    const back = this.#back;
    this.#back = undefined;
    return back;
  }
}
