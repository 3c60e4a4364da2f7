import { encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Ack, Hello, Ping } from "../../../runtime/wire/generated/photinus/control.ts";
import { flag, kind } from "../../../runtime/wire/session/envelope.ts";
import { classicFrame, linkMessage, sessionFrame, webSocketFrame } from "../../setup/frames.ts";
import { envelopeAt, opening, requestFrame } from "../game/frames/requests.ts";

/** Calls of `step` in a second that one client may make. */
export const stepRate = 100;
/** First user number of hostile clients. */
export const firstFlooder = 1_000_000n;
/** Address of the hostile clients: another one than that of the players, as it is on a network. */
export const floodAddress = "127.0.0.2";

/** Behaviour of hostile connections. */
export interface Attack {
  /** Connections at a time; default: 1. */
  readonly connections?: number;
  /** Port of the gate that is attacked; default: that of the clients. */
  readonly target?: "links";
  /** Whether the connections speak WebSocket: they begin once the gate has answered the handshake. */
  readonly webSocket?: boolean;
  /** First bytes of a connection; default: none. */
  readonly opening?: (user: bigint) => Uint8Array;
  /** Bytes that are repeated; undefined: the connection closes once it was answered. */
  readonly repeated?: Uint8Array;
  /** Bytes of one connection in a second; default: as many as the gate reads. */
  readonly bytesPerSecond?: number;
}

const helloFrame = sessionFrame(
  kind.control,
  control.hello,
  0,
  encode(Hello, Hello.create({ client: "flood" })),
);
const hello = () => helloFrame;
const step = requestFrame("step");
const echoCommand = 2;
const tellCommand = 4;
const noCommand = 999;
const nothing = new Uint8Array(0);
const largest = new Uint8Array(60_000);
const callTarget = linkMessage({ _msgtype: "ASK", _key: 1, _name: "callTarget", _args: ["ping"] });

const ping: Attack = {
  opening: hello,
  repeated: sessionFrame(kind.control, control.ping, 0, encode(Ping, { sentMs: 1 })),
};
const unknownCommand: Attack = {
  opening: hello,
  repeated: sessionFrame(kind.request, noCommand, 1, nothing),
};

/** Attacks by name on a gate with its default limits, for `bench -- flood`; `never-reads` is in a file of its own. */
export const attacks: Readonly<Record<string, Attack>> = {
  /** One client at 100 times its rate. */
  rate: { opening, repeated: numbered(step, 65_536), bytesPerSecond: 100 * stepRate * step.length },
  ping: { ...ping, connections: 4 },
  /** Connections that say hello, and close once they are welcome; those that are closed come back. */
  handshake: { connections: 250, opening: hello },
  /** A header that never ends: one byte in half a second. */
  slowloris: { connections: 900, repeated: Uint8Array.of(0), bytesPerSecond: 2 },
  /** A frame whose header promises 4 GiB. */
  length: {
    connections: 10,
    repeated: Buffer.concat([helloFrame.subarray(0, 9), Uint8Array.of(255, 255, 255, 255), largest]),
  },
  /** A body of zeros that claims to be compressed. */
  bomb: {
    connections: 10,
    opening: hello,
    repeated: sessionFrame(kind.notify | flag.compressed, tellCommand, 0, largest),
  },
  /** Requests of 60 KB of a command that takes 1 KB. */
  oversize: { connections: 10, opening, repeated: sessionFrame(kind.request, echoCommand, 2, largest) },
};

/** Attacks by name on a gate without rates, for `test:flood`. Each is work for the gate alone, in frames as small as possible. */
export const smallFrames: Readonly<Record<string, Attack>> = {
  "websocket-ping": overWebSocket({ opening: hello }, 9),
  "websocket-empty": overWebSocket({ opening: hello, repeated: nothing }),
  "websocket-fragment": {
    webSocket: true,
    opening: () => Uint8Array.of(...webSocketFrame(2, helloFrame), 0x02, 0x80, 0, 0, 0, 0),
    repeated: Uint8Array.of(0x00, 0x80, 0, 0, 0, 0),
  },
  "websocket-byte": overWebSocket({
    // The head of the largest frame, whose payload comes in single bytes.
    opening: () => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0xe7),
    repeated: Uint8Array.of(0),
  }),
  "http-request": { repeated: new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
  "link-ask": {
    target: "links",
    opening: () => linkMessage({ _msgtype: "ASK", _key: 0, _name: "takeProxy", _args: ["flood-1"] }),
    repeated: callTarget,
  },
  "link-ask-unregistered": { target: "links", repeated: callTarget },
  "session-ping": ping,
  "session-ping-over-websocket": overWebSocket(ping),
  "session-ack": {
    opening: hello,
    repeated: sessionFrame(kind.control, control.ack, 0, encode(Ack, { push: 1 })),
  },
  "empty-frame": { repeated: classicFrame(noCommand, nothing) },
  notify: { opening: hello, repeated: sessionFrame(kind.notify, tellCommand, 0, nothing) },
  "unknown-command": unknownCommand,
  "unknown-command-over-websocket": overWebSocket(unknownCommand),
};

/** The attack over WebSocket: the opening is one binary message, the repeated bytes are a frame of the given opcode. */
function overWebSocket({ opening = hello, repeated = nothing }: Attack, opcode = 2): Attack {
  return {
    webSocket: true,
    opening: (user) => webSocketFrame(2, opening(user)),
    repeated: webSocketFrame(opcode, repeated),
  };
}

/** Requests with numbers from 2 on. Repeated, they come again after their answers. */
function numbered(request: Uint8Array, count: number): Uint8Array {
  const all = Buffer.concat(Array.from({ length: count }, () => request));
  for (let n = 0; n < count; n++) all.writeUInt32BE(n + 2, n * request.length + envelopeAt + 1);
  return all;
}
