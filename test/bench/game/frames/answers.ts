import { kind } from "../../../../runtime/wire/session/envelope.ts";
import { bodyAt, envelopeAt } from "./requests.ts";
import type { FrameSocket } from "./socket.ts";

/** Receives the kind, the sequence number and the body of a frame. */
type OnFrame = (of: number, sequence: number, body: Uint8Array) => void;

/** Calls back for each reply and each error that a connection receives. */
export function listenForAnswers(socket: FrameSocket, onAnswer: OnFrame): void {
  listenForFrames(socket, (of, sequence, body) => {
    if (of === kind.reply || of === kind.error) onAnswer(of, sequence, body);
  });
}

/** Calls back for each frame that a connection receives. */
export function listenForFrames(socket: FrameSocket, onFrame: OnFrame): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.onChunk = (chunk) => {
    let bytes = Buffer.concat([rest, chunk]);
    while (bytes.length > envelopeAt && bytes.length >= 13 + bytes.readUInt32BE(9)) {
      const end = 13 + bytes.readUInt32BE(9);
      onFrame(bytes[envelopeAt]!, bytes.readUInt32BE(envelopeAt + 1), bytes.subarray(bodyAt, end));
      bytes = bytes.subarray(end);
    }
    rest = Buffer.from(bytes);
  };
}
