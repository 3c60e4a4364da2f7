import { Socket, type SocketConstructorOpts } from "node:net";

/**
 * Receives the bytes of a read, whose memory may be reused after the call. Returns true to read on; a receiver that returns false has
 * paused the socket, or has it paused.
 */
export type Receiver = (chunk: Uint8Array) => boolean;

/** Bytes that are read from a connection, and the receiver that has them at the time. */
export interface SocketReads {
  readonly socket: Socket;
  /** Passes further bytes to `receiver`; undefined: they go into the stream of the socket, as those of other sockets do. */
  to(receiver: Receiver | undefined): void;
}

/**
 * Reads an accepted, paused connection into a buffer that all connections share. Node offers such a buffer (`onread`) only to dialled
 * sockets. An accepted socket gets a new buffer of 64 KiB for each read: that costs a third of the processor time of a small message,
 * and connections that come and go would make the garbage collector stop all others several times a second. So the connection's handle
 * moves to a new socket, which is paused; the accepted one is destroyed.
 *
 * Handles are internal to Node: when one does not look as expected, the accepted socket stays, with its own buffers.
 */
export function sharedReads(accepted: Socket, buffer: Uint8Array): SocketReads {
  const handle: unknown = Reflect.get(accepted, "_handle");
  if (!isStreamHandle(handle)) return ownReads(accepted);
  Reflect.set(accepted, "_handle", null);
  const reads = new SharedReads(handle, buffer);
  accepted.destroy();
  return reads;
}

/** Reads a paused socket that has memory of its own for each read, as that of TLS. */
export function ownReads(socket: Socket): SocketReads {
  let listener: ((chunk: Uint8Array) => void) | undefined;
  return {
    socket,
    to(receiver) {
      if (listener !== undefined) socket.off("data", listener);
      listener =
        receiver &&
        ((chunk) => {
          if (!receiver(chunk)) socket.pause();
        });
      if (listener !== undefined) socket.on("data", listener);
      socket.pause(); // a "data" listener would start the flow
    },
  };
}

class SharedReads implements SocketReads {
  readonly socket: Socket;
  readonly #toStream: Receiver = (chunk) => this.socket.push(Uint8Array.prototype.slice.call(chunk));
  #receiver: Receiver = this.#toStream;

  constructor(handle: unknown, buffer: Uint8Array) {
    const options: Omit<SocketConstructorOpts, "handle"> & { handle: unknown; pauseOnCreate: boolean } = {
      handle,
      pauseOnCreate: true,
      allowHalfOpen: true,
      onread: { buffer, callback: (size, bytes) => this.#receiver(bytes.subarray(0, size)) },
    };
    this.socket = new Socket(options as SocketConstructorOpts);
    this.socket.pause();
  }

  to(receiver: Receiver | undefined): void {
    this.#receiver = receiver ?? this.#toStream;
  }
}

function isStreamHandle(handle: unknown): boolean {
  return (
    typeof handle === "object" &&
    handle !== null &&
    typeof Reflect.get(handle, "useUserBuffer") === "function" &&
    typeof Reflect.get(handle, "readStop") === "function"
  );
}
