import { connect, type Socket } from "node:net";
import { Cutter, type OnFrame } from "./cutter.ts";
import { headBytes, isData, opcode, pongFrame, sizeOfFrame, upgradeRequest } from "./web-socket.ts";

const readBuffer = new Uint8Array(1 << 17);

/** A connection of a player, over TCP or WebSocket: payload bytes come as they are read. */
export class Connection {
  /** Called with the bytes of a chunk, or of a WebSocket message. They are valid during the call. */
  onBytes: OnFrame = () => {};
  onEnd: (why: string) => void = () => {};
  /** All bytes received, with those of WebSocket. */
  received = 0;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static dialTcp(port: number): Promise<Connection> {
    return Connection.#dial(port, (connection, ready) => {
      ready();
      return (bytes, end) => connection.onBytes(bytes, 0, end);
    });
  }

  static dialWebSocket(port: number, path = "/"): Promise<Connection> {
    return Connection.#dial(port, (connection, ready, failed) => {
      connection.write(Buffer.from(upgradeRequest(path)));
      const frames = new Cutter(sizeOfFrame, (bytes, start, end) => connection.#onFrame(bytes, start, end));
      let answer: Buffer | undefined = Buffer.alloc(0);
      return (bytes, end) => {
        if (answer === undefined) return frames.push(bytes, 0, end);
        answer = Buffer.concat([answer, bytes.subarray(0, end)]);
        const headEnd = answer.indexOf("\r\n\r\n");
        if (headEnd < 0) return;
        const rest = answer;
        const status = rest.toString("latin1", 0, rest.indexOf("\r\n"));
        answer = undefined;
        if (!status.includes(" 101 ")) return failed(new Error(`no WebSocket: ${status}`));
        ready();
        // The one who waits listens in the next turn.
        setImmediate(() => frames.push(rest, headEnd + 4, rest.length));
      };
    });
  }

  static #dial(
    port: number,
    open: (
      connection: Connection,
      ready: () => void,
      failed: (error: Error) => void,
    ) => (bytes: Uint8Array, end: number) => void,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let onChunk: (bytes: Uint8Array, end: number) => void = () => {};
      const callback = (size: number, bytes: Uint8Array): boolean => {
        connection.received += size;
        onChunk(bytes, size);
        return true;
      };
      const socket = connect({
        host: "127.0.0.1",
        port,
        noDelay: true,
        onread: { buffer: readBuffer, callback },
      });
      const connection = new Connection(socket);
      socket.once("connect", () => {
        onChunk = open(connection, () => resolve(connection), reject);
      });
      socket.on("error", (error) => {
        reject(error);
        connection.onEnd(error.message);
      });
      socket.on("end", () => connection.onEnd("ended by the server"));
    });
  }

  /** The bytes belong to the connection until `written` is called. */
  write(bytes: Uint8Array, written?: () => void): void {
    this.#socket.write(bytes, written);
  }

  close(): void {
    this.onEnd = () => {};
    this.#socket.destroy();
  }

  #onFrame(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start]!;
    const from = start + headBytes(bytes, start);
    if (isData(first)) this.onBytes(bytes, from, end);
    else if ((first & 0x0f) === opcode.ping) this.write(pongFrame(bytes.subarray(from, end)));
    else if ((first & 0x0f) === opcode.close) this.onEnd("closed by the server");
  }
}
