/** Layout of a frame's header: the protoVersion has one byte in `standard` and four bytes in `wide`. */
export type FrameLayout = "standard" | "wide";

/** Frame format, which both sides of a port must share. */
export interface FrameFormat {
  /** First four bytes of every frame, 0 .. 255 each. Default 0, 0, 0, 0. */
  readonly head: readonly [number, number, number, number];
  /** Header layout. Default "standard". */
  readonly layout: FrameLayout;
  /** Unsigned 32-bit number in every frame. Default 0. */
  readonly serverVersion: number;
}

export const defaultFrameFormat: FrameFormat = Object.freeze({
  head: Object.freeze([0, 0, 0, 0] as const),
  layout: "standard",
  serverVersion: 0,
});

/** Completes a format and names the field that is wrong with a RangeError. */
export function resolveFrameFormat(format: Partial<FrameFormat> = {}): FrameFormat {
  const { head, layout, serverVersion } = { ...defaultFrameFormat, ...format };
  if (head.length !== 4 || !head.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255))
    throw new RangeError("frame.head must be four numbers from 0 to 255");
  if (layout !== "standard" && layout !== "wide")
    throw new RangeError('frame.layout must be "standard" or "wide"');
  if (!Number.isInteger(serverVersion) || serverVersion < 0 || serverVersion > 0xffffffff)
    throw new RangeError("frame.serverVersion must be an integer from 0 to 4294967295");
  return Object.freeze({ head: Object.freeze([...head] as const), layout, serverVersion });
}

/** Size of the header, in bytes: head, protoVersion, serverVersion, length, command. */
export function headerBytes(layout: FrameLayout): number {
  return layout === "wide" ? 20 : 17;
}

/** Size of the command, in bytes; the length field counts command and payload. */
export const commandBytes = 4;

/** Default limit of the length field in frames from clients: command and payload, in bytes. */
export const defaultMaxFrameBytes = 65_536;

/** protoVersion of classic frames: the payload is the body. */
export const classicVersion = 0;
/** protoVersion of session frames: the payload begins with the session envelope. */
export const sessionVersion = 1;

/** Commands of the session protocol's control messages (`schema/photinus/control.proto`). */
export const control = Object.freeze({
  /** Control message without a body, which needs no answer. */
  nothing: 0xffffff00,
  hello: 0xffffff01,
  welcome: 0xffffff02,
  ping: 0xffffff03,
  pong: 0xffffff04,
  cancel: 0xffffff05,
  kick: 0xffffff06,
  goAway: 0xffffff07,
  ack: 0xffffff08,
  nodeChange: 0xffffff09,
});

/** First command number that is reserved for control messages. */
export const firstControlCommand = 0xffffff00;
