import { CipherTransport } from "../../../../runtime/transport/cipher/cipher-transport.ts";
import { HandshakeBytes } from "../../../../runtime/transport/cipher/handshake-bytes.ts";
import type { Transport, TransportHandler } from "../../../../runtime/transport/transport.ts";
import {
  type CipherClient,
  type CipherGreeting,
  cipherPreamble,
  type RecordCipher,
} from "../../../../runtime/wire/cipher/cipher.ts";
import { Writer } from "../../../../runtime/wire/codec/writer.ts";
import { fail } from "../../../../schema/errors.ts";
import { EndOfTick } from "../transport/end-of-tick.ts";

/**
 * Does the handshake of a cipher on an open transport, and returns the transport that encrypts. Rejects with UNAVAILABLE when the
 * server closes the connection or its answer does not verify, and with CANCELLED by the signal; the transport is destroyed then.
 */
export function openCipher(inner: Transport, client: CipherClient, signal: AbortSignal): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const preamble = cipherPreamble(client.id);
    const stop = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      inner.destroy(error.message);
      reject(error);
    };
    const onAbort = (): void => stop(fail("CANCELLED", "connecting was cancelled", { cause: signal.reason }));
    if (signal.aborted) {
      onAbort();
      return;
    }
    let greeting: CipherGreeting;
    try {
      greeting = client.begin(preamble);
    } catch (cause) {
      stop(fail("INVALID_ARGUMENT", "the gate key is not a public key of X25519", { cause }));
      return;
    }
    const handshake = new ClientHandshake(inner, greeting, {
      onOpen: (records) => {
        signal.removeEventListener("abort", onAbort);
        resolve(
          new CipherTransport({
            inner,
            records,
            begin: (handler) => handshake.handOn(handler),
            flushTimer: (flush) => new EndOfTick(flush),
          }),
        );
      },
      onFailure: (why, cause) => {
        const remedy = "check that gateKey is the key of this gate, and that the gate accepts its cipher";
        stop(fail("UNAVAILABLE", `no encrypted connection to ${inner.remote}: ${why}; ${remedy}`, { cause }));
      },
    });
    signal.addEventListener("abort", onAbort);
    inner.start(handshake);
    inner.output.append(preamble);
    inner.output.append(greeting.hello);
    inner.flushNow();
  });
}

/** Notified of the end of a {@link ClientHandshake}: of one of both, once. */
interface HandshakeEnd {
  onOpen(records: RecordCipher): void;
  onFailure(why: string, cause?: unknown): void;
}

/** Handler of a connection: waits for the server's answer, then passes everything on to the next handler. */
class ClientHandshake implements TransportHandler {
  readonly #inner: Transport;
  readonly #greeting: CipherGreeting;
  readonly #end: HandshakeEnd;
  readonly #answer: HandshakeBytes;
  #settled = false;
  #next: TransportHandler | undefined;
  /** Bytes after the answer, and the reason of a close, which came before the next handler. */
  readonly #held = new Writer(0);
  #closed: string | undefined;

  constructor(inner: Transport, greeting: CipherGreeting, end: HandshakeEnd) {
    this.#inner = inner;
    this.#greeting = greeting;
    this.#end = end;
    this.#answer = new HandshakeBytes(greeting.answerBytes);
  }

  /** Passes the events on from the next microtask on, those that were held before all others. */
  handOn(next: TransportHandler): void {
    queueMicrotask(() => {
      this.#next = next;
      if (this.#held.position > 0) next.onData(this.#held.finish());
      if (this.#closed !== undefined) next.onClose(this.#closed);
      else this.#inner.resume();
    });
  }

  onData(chunk: Uint8Array): void {
    if (this.#next !== undefined) {
      this.#next.onData(chunk);
      return;
    }
    const taken = this.#answer.take(chunk);
    this.#held.append(chunk, taken);
    if (this.#settled || !this.#answer.complete) return;
    this.#settled = true;
    try {
      const records = this.#greeting.finish(this.#answer.bytes);
      this.#inner.pause();
      this.#end.onOpen(records);
    } catch (cause) {
      this.#end.onFailure("the answer of the server does not verify", cause);
    }
  }

  onDrain(): void {
    this.#next?.onDrain();
  }

  onPeerEnd(): boolean {
    return this.#next?.onPeerEnd?.() === true;
  }

  onClose(reason: string): void {
    this.#closed = reason;
    if (this.#next !== undefined) {
      this.#next.onClose(reason);
    } else if (!this.#settled) {
      this.#settled = true;
      this.#end.onFailure(`the server closed the connection during the handshake (${reason})`);
    }
  }
}
