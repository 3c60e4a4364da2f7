import { resolveOptions } from "../../options/option-resolver.ts";
import { nested, object, type RulesOf, withDefault } from "../../options/option-rules.ts";
import { choice, leaf, whole } from "../../options/rule-kinds.ts";
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

/** The frame format of a port without option `frame`. */
export const defaultFrameFormat: FrameFormat = Object.freeze({
  head: Object.freeze([0, 0, 0, 0] as const),
  layout: "standard",
  serverVersion: 0,
});

const head = leaf<FrameFormat["head"]>(
  "list",
  "four bytes, such as [0, 0, 0, 0]",
  (value) => Array.isArray(value) && value.length === 4 && value.every((byte) => isByte(byte)),
);

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

/** The rules of {@link FrameFormat}, for gates, topologies and clients. */
export const frameFormatRule = object({
  head: withDefault(head, defaultFrameFormat.head),
  layout: withDefault(choice(["standard", "wide"]), defaultFrameFormat.layout),
  serverVersion: withDefault(whole(0, 0xffff_ffff), defaultFrameFormat.serverVersion),
} satisfies RulesOf<FrameFormat>);

/** The frame format as a group of options. */
export const frameOption = nested(frameFormatRule);

/** Completes a format. Throws INVALID_ARGUMENT that names each bad field. */
export function resolveFrameFormat(format?: Partial<FrameFormat>): FrameFormat {
  return resolveOptions("frame", frameFormatRule, format);
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
