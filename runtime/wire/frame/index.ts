export { FrameDecoder, type FrameDecoderOptions, type FrameSink, type IllegalFrame } from "./decoder.ts";
export { beginFrame, endFrame, writeFrame } from "./encode.ts";
export {
  classicVersion,
  commandBytes,
  control,
  defaultFrameFormat,
  defaultMaxFrameBytes,
  type FrameFormat,
  type FrameLayout,
  firstControlCommand,
  headerBytes,
  resolveFrameFormat,
  sessionVersion,
} from "./format.ts";
