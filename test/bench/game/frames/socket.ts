import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { WebSocket } from "ws";

/** A connection that carries frames; listen before the next tick. */
export interface FrameSocket {
  onChunk: (chunk: Uint8Array) => void;
  onEnd: (why: string) => void;
  /** The bytes belong to the socket until `written` is called. */
  write(bytes: Uint8Array, written: () => void): void;
  close(): void;
}

const readBuffer = new Uint8Array(1 << 17);

/** @param from address that the connection comes from; default: the system chooses */
export function dialFrames(
  over: "tcp" | "tls" | "websocket",
  port: number,
  from?: string,
): Promise<FrameSocket> {
  if (over === "websocket") return dialWebSocket(port, from);
  return over === "tls" ? dialTls(port) : dialTcp(port, from);
}

/** Which server answers does not matter here. */
function dialTls(port: number): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, noDelay: true, rejectUnauthorized: false };
    const onread = {
      buffer: readBuffer,
      callback: (size: number, buffer: Uint8Array) => onChunk(buffer.subarray(0, size)),
    };
    const socket = connectTls({ ...options, onread } as ConnectionOptions);
    const frames = framesOf(socket, reject);
    const onChunk = (chunk: Uint8Array): boolean => {
      frames.onChunk(chunk);
      return true;
    };
    socket.once("secureConnect", () => resolve(frames));
  });
}

function framesOf(socket: Socket, reject: (error: Error) => void): FrameSocket {
  const frames: FrameSocket = {
    onChunk() {},
    onEnd() {},
    write: (bytes, written) => socket.write(bytes, written),
    close: () => socket.destroy(),
  };
  socket.on("error", (error) => {
    reject(error);
    frames.onEnd(error.message);
  });
  socket.on("end", () => frames.onEnd("ended by the server"));
  return frames;
}

function dialTcp(port: number, localAddress?: string): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ...(localAddress && { localAddress }),
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (size, buffer) => {
          frames.onChunk(buffer.subarray(0, size));
          return true;
        },
      },
    });
    const frames = framesOf(socket, reject);
    socket.once("connect", () => resolve(frames));
  });
}

function dialWebSocket(port: number, localAddress?: string): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const options = { perMessageDeflate: false, ...(localAddress && { localAddress }) };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, options);
    const frames: FrameSocket = {
      onChunk() {},
      onEnd() {},
      write: (bytes, written) => socket.send(bytes, { binary: true }, written),
      close: () => socket.terminate(),
    };
    socket.on("message", (data) => frames.onChunk(data as Buffer));
    socket.once("open", () => resolve(frames));
    socket.on("error", (error) => {
      reject(error);
      frames.onEnd(error.message);
    });
    socket.on("close", (code) => frames.onEnd(`closed with ${code}`));
  });
}
