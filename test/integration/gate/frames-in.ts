import { FrameDecoder, defaultFrameFormat as format } from "../../../runtime/wire/frame/index.ts";

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
