import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

const nothing = Buffer.alloc(0);

/**
 * Writes bytes[start, end) to a socket. Returns true when the system has taken them at once: then the bytes may be changed, and `onSent`
 * is not called. The system takes most writes at once, and a callback would cost each of them a tick. Otherwise `onSent` is called when
 * the bytes are taken, or cannot be.
 */
export function writeTo(
  socket: Socket,
  bytes: Uint8Array,
  start: number,
  end: number,
  writer: { readonly onSent: () => void },
): boolean {
  // A stream would make a Buffer of any other array, a second view for each write.
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  // TLS encrypts first, and never takes bytes at once.
  if (socket instanceof TLSSocket) {
    socket.write(view, writer.onSent);
    return false;
  }
  socket.write(view);
  if (socket.writableLength === 0) return true;
  // No bytes: the callback comes after those before.
  socket.write(nothing, writer.onSent);
  return false;
}
