import { Socket, type SocketConstructorOpts } from "node:net";

/**
 * Moves an accepted connection to a socket that reads into a buffer shared by all connections. Node offers such a
 * buffer (`onread`) only to dialled sockets. An accepted socket gets a new buffer of 64 KiB for each read, which costs
 * a third of the processor time of a small message. So the connection's handle moves to a new socket. Handles are
 * internal to Node: when one does not look as expected, the function returns undefined and leaves the accepted socket
 * untouched.
 *
 * The new socket is paused; the old one is destroyed.
 */
export function adoptSocket(
  accepted: Socket,
  buffer: Uint8Array,
  receive: (chunk: Uint8Array) => boolean,
): Socket | undefined {
  const handle: unknown = Reflect.get(accepted, "_handle");
  if (!isStreamHandle(handle)) return undefined;
  Reflect.set(accepted, "_handle", null);
  const options: Omit<SocketConstructorOpts, "handle"> & { handle: unknown; pauseOnCreate: boolean } = {
    handle,
    pauseOnCreate: true,
    allowHalfOpen: true,
    onread: { buffer, callback: (size, bytes) => receive(bytes.subarray(0, size)) },
  };
  const socket = new Socket(options as SocketConstructorOpts);
  socket.pause();
  accepted.destroy();
  return socket;
}

function isStreamHandle(handle: unknown): boolean {
  return (
    typeof handle === "object" &&
    handle !== null &&
    typeof Reflect.get(handle, "useUserBuffer") === "function" &&
    typeof Reflect.get(handle, "readStop") === "function"
  );
}
