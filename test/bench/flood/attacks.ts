import { encode, Writer } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control, defaultFrameFormat, sessionVersion } from "../../../runtime/wire/frame/frame-format.ts";
import { beginFrame, endFrame } from "../../../runtime/wire/frame/frame-writer.ts";
import { Hello, Ping } from "../../../runtime/wire/generated/photinus/control.ts";
import { flag, type Kind, kind, writeEnvelope } from "../../../runtime/wire/session/envelope.ts";
import { envelopeAt, opening, requestFrame } from "../game/frames/requests.ts";

/** Calls of `step` in a second that one client may make. */
export const stepRate = 100;
/** First user number of hostile clients. */
export const firstFlooder = 1_000_000n;
/** Address of the hostile clients: another one than that of the players, as it is on a network. */
export const floodAddress = "127.0.0.2";

/** Behaviour of hostile connections. */
export interface Attack {
  /** Connections at a time. */
  readonly connections: number;
  /** First bytes of a connection. */
  readonly opening: (user: bigint) => Uint8Array;
  /** Bytes that are repeated; undefined: the connection closes once it was answered. */
  readonly repeated: Uint8Array | undefined;
  /** Bytes of one connection in a second; default: as many as the gate reads. */
  readonly bytesPerSecond?: number;
}

const format = defaultFrameFormat;
const helloFrame = frame(control.hello, kind.control, 0, encode(Hello, Hello.create({ client: "flood" })));
const step = requestFrame("step");
const echoCommand = 2;
const tellCommand = 4;
const nothing = new Uint8Array(0);
const largest = new Uint8Array(60_000);

/** Attacks by name; `never-reads` is in a file of its own. */
export const attacks: Readonly<Record<string, Attack>> = {
  /** One client at 100 times its rate. */
  rate: {
    connections: 1,
    opening,
    repeated: numbered(step, 65_536),
    bytesPerSecond: 100 * stepRate * step.length,
  },
  ping: {
    connections: 4,
    opening: () => helloFrame,
    repeated: frame(control.ping, kind.control, 0, encode(Ping, { sentMs: 1 })),
  },
  /** Connections that say hello, and close once they are welcome; those that are closed come back. */
  handshake: { connections: 250, opening: () => helloFrame, repeated: undefined },
  /** A header that never ends: one byte in half a second. */
  slowloris: {
    connections: 900,
    opening: () => nothing,
    repeated: Uint8Array.of(0),
    bytesPerSecond: 2,
  },
  /** A frame whose header promises 4 GiB. */
  length: {
    connections: 10,
    opening: () => nothing,
    repeated: Buffer.concat([helloFrame.subarray(0, 9), Uint8Array.of(255, 255, 255, 255), largest]),
  },
  /** A body of zeros that claims to be compressed. */
  bomb: {
    connections: 10,
    opening: () => helloFrame,
    repeated: flagged(frame(tellCommand, kind.notify, 0, largest), flag.compressed),
  },
  /** Requests of 60 KB of a command that takes 1 KB. */
  oversize: {
    connections: 10,
    opening,
    repeated: frame(echoCommand, kind.request, 2, largest),
  },
};

function frame(command: number, of: Kind, sequence: number, body: Uint8Array): Uint8Array {
  const w = new Writer(256);
  const mark = beginFrame(w, format, sessionVersion, command);
  writeEnvelope(w, of, sequence);
  w.append(body);
  endFrame(w, format, mark);
  return w.finish();
}

function flagged(bytes: Uint8Array, bit: number): Uint8Array {
  bytes[envelopeAt] = bytes[envelopeAt]! | bit;
  return bytes;
}

/** Requests with numbers from 2 on. Repeated, they come again after their answers. */
function numbered(request: Uint8Array, count: number): Uint8Array {
  const all = Buffer.concat(Array.from({ length: count }, () => request));
  for (let n = 0; n < count; n++) all.writeUInt32BE(n + 2, n * request.length + envelopeAt + 1);
  return all;
}
