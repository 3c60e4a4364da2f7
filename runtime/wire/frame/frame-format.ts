/** Where the fields of a frame's header are: `standard` has a protoVersion of one byte, `wide` one of four. */
export type FrameLayout = "standard" | "wide";

/** What the two sides of a port must agree on before the first byte. */
export interface FrameFormat {
  /** The four bytes that every frame begins with, 0 .. 255 each. Default 0, 0, 0, 0. */
  readonly head: readonly [number, number, number, number];
  /** Default "standard". */
  readonly layout: FrameLayout;
  /** An unsigned 32 bit number that every frame repeats. Default 0. */
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

/** Bytes before the payload: head, protoVersion, serverVersion, length, command. */
export function headerBytes(layout: FrameLayout): number {
  return layout === "wide" ? 20 : 17;
}

/** Bytes of the command, which the length field counts together with the payload. */
export const commandBytes = 4;

/** The default limit of the length field in frames from clients: command and payload together. */
export const defaultMaxFrameBytes = 65_536;

/** protoVersion of frames whose payload is the bare body. */
export const classicVersion = 0;
/** protoVersion of frames whose payload begins with the session envelope. */
export const sessionVersion = 1;

/** Commands of the session protocol's control messages (`schema/photinus/control.proto`). */
export const control = Object.freeze({
  /** An empty body that asks for nothing. */
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

/** Commands from here up are reserved for control. */
export const firstControlCommand = 0xffffff00;
