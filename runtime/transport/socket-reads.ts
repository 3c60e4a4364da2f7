import { Socket, type SocketConstructorOpts } from "node:net";

/** Receiver of the bytes of a connection. */
export interface Receiver {
  /**
   * Takes the bytes of a read, whose memory may be reused after the call. Returns true to read on; a receiver that returns false has paused
   * the socket, or has it paused.
   */
  receive(chunk: Uint8Array): boolean;
}

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
  const reads = new SharedSocket(handle, buffer);
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
          if (!receiver.receive(chunk)) socket.pause();
        });
      if (listener !== undefined) socket.on("data", listener);
      socket.pause(); // a "data" listener would start the flow
    },
  };
}

/** Socket whose reads have no memory of their own. Each connection has one, so it holds no closures. */
class SharedSocket extends Socket implements SocketReads {
  receiver: Receiver | undefined = undefined;

  constructor(handle: unknown, buffer: Uint8Array) {
    const options: Omit<SocketConstructorOpts, "handle"> & { handle: unknown; pauseOnCreate: boolean } = {
      handle,
      pauseOnCreate: true,
      allowHalfOpen: true,
      onread: { buffer, callback: onRead },
    };
    super(options as SocketConstructorOpts);
    this.pause();
  }

  get socket(): Socket {
    return this;
  }

  to(receiver: Receiver | undefined): void {
    this.receiver = receiver;
  }
}

/** Node calls the callback of `onread` as a method of its socket. */
function onRead(this: unknown, size: number, bytes: Uint8Array): boolean {
  const socket = this as SharedSocket;
  const chunk = bytes.subarray(0, size);
  if (socket.receiver !== undefined) return socket.receiver.receive(chunk);
  return socket.push(Uint8Array.prototype.slice.call(chunk));
}

function isStreamHandle(handle: unknown): boolean {
  return (
    typeof handle === "object" &&
    handle !== null &&
    typeof Reflect.get(handle, "useUserBuffer") === "function" &&
    typeof Reflect.get(handle, "readStop") === "function"
  );
}
