import { pack } from "msgpackr";
import { encode, Writer } from "../../runtime/wire/codec/codec-runtime.ts";
import {
  classicVersion,
  control,
  defaultFrameFormat,
  sessionVersion,
} from "../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame, writeFrame } from "../../runtime/wire/frame/frame-writer.ts";
import { Ack, Hello, Ping } from "../../runtime/wire/generated/photinus/control.ts";
import { type Kind, kind, writeEnvelope } from "../../runtime/wire/session/envelope.ts";

/** What a flooding connection says first, and what it repeats then. */
export interface Flood {
  readonly webSocket: boolean;
  /** Whether the link port is flooded. */
  readonly links?: boolean;
  readonly opening: Uint8Array;
  readonly repeated: Uint8Array;
}

const format = defaultFrameFormat;
const nothing = new Uint8Array(0);
const noCommand = 999;
const tellCommand = 4;

const opening = sessionFrame(
  control.hello,
  kind.control,
  0,
  encode(Hello, Hello.create({ client: "flood" })),
);
const ping = sessionFrame(control.ping, kind.control, 0, encode(Ping, { sentMs: 1 }));

/** Each asks nothing of anybody but the gate, in frames as small as they can be. */
export const floods: Readonly<Record<string, Flood>> = {
  "websocket-ping": { webSocket: true, opening: message(opening), repeated: webSocketFrame(9, nothing) },
  "websocket-empty": { webSocket: true, opening: message(opening), repeated: message(nothing) },
  "websocket-fragment": {
    webSocket: true,
    opening: Uint8Array.of(...message(opening), 0x02, 0x80, 0, 0, 0, 0),
    repeated: Uint8Array.of(0x00, 0x80, 0, 0, 0, 0),
  },
  "websocket-byte": {
    webSocket: true,
    // The head of the largest frame, whose payload comes in single bytes.
    opening: message(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0xe7)),
    repeated: webSocketFrame(2, Uint8Array.of(0)),
  },
  "http-request": {
    webSocket: false,
    opening: nothing,
    repeated: new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  },
  "link-ask": {
    webSocket: false,
    links: true,
    opening: linkMessage({ _msgtype: "ASK", _key: 0, _name: "takeProxy", _args: ["flood-1"] }),
    repeated: linkMessage({ _msgtype: "ASK", _key: 1, _name: "callTarget", _args: ["ping"] }),
  },
  "link-ask-unregistered": {
    webSocket: false,
    links: true,
    opening: nothing,
    repeated: linkMessage({ _msgtype: "ASK", _key: 1, _name: "callTarget", _args: ["ping"] }),
  },
  "session-ping": { webSocket: false, opening, repeated: ping },
  "session-ping-over-websocket": { webSocket: true, opening: message(opening), repeated: message(ping) },
  "session-ack": {
    webSocket: false,
    opening,
    repeated: sessionFrame(control.ack, kind.control, 0, encode(Ack, { push: 1 })),
  },
  "empty-frame": { webSocket: false, opening: nothing, repeated: classicFrame(noCommand) },
  notify: { webSocket: false, opening, repeated: sessionFrame(tellCommand, kind.notify, 0, nothing) },
  "unknown-command": {
    webSocket: false,
    opening,
    repeated: sessionFrame(noCommand, kind.request, 1, nothing),
  },
  "unknown-command-over-websocket": {
    webSocket: true,
    opening: message(opening),
    repeated: message(sessionFrame(noCommand, kind.request, 1, nothing)),
  },
};

function sessionFrame(command: number, of: Kind, sequence: number, body: Uint8Array): Uint8Array {
  const w = new Writer(256);
  const mark = beginFrame(w, format, sessionVersion, command);
  writeEnvelope(w, of, sequence);
  w.append(body);
  endFrame(w, format, mark);
  return w.finish();
}

function classicFrame(command: number): Uint8Array {
  const w = new Writer(64);
  writeFrame(w, format, classicVersion, command, nothing);
  return w.finish();
}

function message(payload: Uint8Array): Uint8Array {
  return webSocketFrame(2, payload);
}

/** A masked client frame of at most 125 bytes (RFC 6455), its mask all zeros. */
function webSocketFrame(opcode: number, payload: Uint8Array): Uint8Array {
  return Uint8Array.of(0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0, ...payload);
}

/** A message of a link (docs/PROTOCOL.md, section 7). */
function linkMessage(value: unknown): Uint8Array {
  const data = pack(value);
  const message = Buffer.alloc(4 + data.length);
  message.writeUInt32BE(data.length);
  message.set(data, 4);
  return message;
}
