import { once } from "node:events";
import { connect } from "node:net";
import { decode, Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { FrameDecoder } from "../../../runtime/wire/frame/frame-decoder.ts";
import { control, defaultFrameFormat as format } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { Failure, Hello, Kick } from "../../../runtime/wire/generated/photinus/control.ts";
import { kind, writeEnvelope, writeRequestEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { errorCodeOf } from "../../../schema/errors.ts";
import { text } from "./raw-client.ts";

/** One frame; `write` comes before the body. */
export function frame(
  version: number,
  command: number,
  body: string,
  write?: (w: Writer) => void,
): Uint8Array {
  const w = new Writer(64);
  const mark = beginFrame(w, format, version, command);
  write?.(w);
  w.append(text(body));
  endFrame(w, format, mark);
  return w.bytes.slice(0, w.position);
}

export function hello(): Uint8Array {
  return frame(1, control.hello, "", (w) => {
    writeEnvelope(w, kind.control, 0);
    Hello.write(w, Hello.create());
  });
}

export function request(command: number, sequence: number, body: string, remainingMs = -1): Uint8Array {
  return frame(1, command, body, (w) => {
    if (remainingMs < 0) writeEnvelope(w, kind.request, sequence);
    else writeRequestEnvelope(w, sequence, remainingMs);
  });
}

export function notify(command: number, body: string): Uint8Array {
  return frame(1, command, body, (w) => writeEnvelope(w, kind.notify, 0));
}

/**
 * Sends bytes over a connection of its own, ends this side, and resolves with what came until the other side had ended too: the
 * answers, and a Kick where there is one.
 */
export async function sendAndEnd(port: number, ...parts: Uint8Array[]): Promise<Buffer> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  try {
    const got: Buffer[] = [];
    socket.on("data", (chunk) => got.push(chunk));
    socket.end(Buffer.concat(parts));
    await once(socket, "end");
    return Buffer.concat(got);
  } finally {
    socket.destroy();
  }
}

/** A frame as it lay in a stream. */
export interface FrameInStream {
  readonly command: number;
  readonly payload: Buffer;
}

/** The frames in the bytes that a server sent over one connection. */
export function framesIn(bytes: Uint8Array, version: number): FrameInStream[] {
  const frames: FrameInStream[] = [];
  const decoder = new FrameDecoder(
    { format, maxFrameBytes: 1 << 24, protoVersions: [version] },
    {
      onFrame: (command, _version, chunk, start, end) => {
        frames.push({ command, payload: Buffer.from(chunk.slice(start, end)) });
      },
      onIllegal: (reason) => {
        throw new Error(`the server sent an illegal frame: ${reason}`);
      },
    },
  );
  decoder.push(bytes);
  return frames;
}

/** What a server sent over a session connection, in words: "reply 1 hi", "error 2 NOT_FOUND: gone"; without Welcome and Ping. */
export function wordsIn(bytes: Uint8Array): string[] {
  return framesIn(bytes, 1).flatMap(({ command, payload }) => {
    const body = payload.subarray(5);
    const of = payload[0];
    if (of === kind.reply) return [`reply ${payload.readUInt32BE(1)} ${body.toString()}`];
    if (of === kind.error) {
      const { code, message } = decode(Failure, body);
      return [`error ${payload.readUInt32BE(1)} ${errorCodeOf(code)}: ${message}`];
    }
    if (command === control.kick) {
      const { code, reason, reconnect } = decode(Kick, body);
      return [`kick ${errorCodeOf(code)}: ${reason}${reconnect ? " (come back)" : ""}`];
    }
    return [];
  });
}
