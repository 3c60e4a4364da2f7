import { kind } from "../../../../runtime/wire/session/envelope.ts";
import { envelopeAt } from "./requests.ts";
import type { FrameSocket } from "./socket.ts";

/** Calls back for each reply and each error that a connection receives, with its kind and its sequence number. */
export function listenForAnswers(
  socket: FrameSocket,
  onAnswer: (of: number, sequence: number) => void,
): void {
  listenForFrames(socket, (of, sequence) => {
    if (of === kind.reply || of === kind.error) onAnswer(of, sequence);
  });
}

/** Calls back for each frame that a connection receives, with its kind and its sequence number. */
export function listenForFrames(socket: FrameSocket, onFrame: (of: number, sequence: number) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.onChunk = (chunk) => {
    let bytes = Buffer.concat([rest, chunk]);
    while (bytes.length > envelopeAt && bytes.length >= 13 + bytes.readUInt32BE(9)) {
      onFrame(bytes[envelopeAt]!, bytes.readUInt32BE(envelopeAt + 1));
      bytes = bytes.subarray(13 + bytes.readUInt32BE(9));
    }
    rest = Buffer.from(bytes);
  };
}
