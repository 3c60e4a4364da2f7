import { resolveOptions } from "../../options/option-resolver.ts";
import { object, type RulesOf, withDefault } from "../../options/option-rules.ts";
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
export const defaultFrameFormat: FrameFormat = /* @__PURE__ */ Object.freeze({
  head: /* @__PURE__ */ Object.freeze([0, 0, 0, 0] as const),
  layout: "standard",
  serverVersion: 0,
});

const head = leaf<FrameFormat["head"]>(
  "list",
  "four bytes",
  (value) => Array.isArray(value) && value.length === 4 && value.every((byte) => (byte & 255) === byte),
);

/** Rule that checks {@link FrameFormat} and fills in defaults, for gates, topologies and clients. */
export const frameFormatRule = object({
  head: withDefault(head, [0, 0, 0, 0]),
  layout: withDefault(choice(["standard", "wide"]), "standard"),
  serverVersion: withDefault(whole(0, 0xffff_ffff), 0),
} satisfies RulesOf<FrameFormat>);

/** The frame format as a group of options. */
export const frameOption = withDefault(frameFormatRule, {} as FrameFormat);

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

// Each number is a constant of its own, as the kinds of `session/envelope.ts` are.
export const controlNothing = 0xffffff00;
export const controlHello = 0xffffff01;
export const controlWelcome = 0xffffff02;
export const controlPing = 0xffffff03;
export const controlPong = 0xffffff04;
export const controlCancel = 0xffffff05;
export const controlKick = 0xffffff06;
export const controlGoAway = 0xffffff07;
export const controlAck = 0xffffff08;
export const controlNodeChange = 0xffffff09;
export const controlBye = 0xffffff0a;
export const controlAuthenticate = 0xffffff0b;
export const controlAuthenticated = 0xffffff0c;
export const controlQueued = 0xffffff0d;

/** Commands of the session protocol's control messages (`schema/photinus/control.proto`). */
export const control = /* @__PURE__ */ Object.freeze({
  /** Control message without a body, which needs no answer. */
  nothing: controlNothing,
  hello: controlHello,
  welcome: controlWelcome,
  ping: controlPing,
  pong: controlPong,
  cancel: controlCancel,
  kick: controlKick,
  goAway: controlGoAway,
  ack: controlAck,
  nodeChange: controlNodeChange,
  bye: controlBye,
  authenticate: controlAuthenticate,
  authenticated: controlAuthenticated,
  queued: controlQueued,
});

/** First command number that is reserved for control messages. */
export const firstControlCommand = 0xffffff00;
