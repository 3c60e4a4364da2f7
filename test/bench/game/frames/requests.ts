import { encode, Writer } from "../../../../runtime/wire/codec/codec-runtime.ts";
import { control, defaultFrameFormat } from "../../../../runtime/wire/frame/frame-format.ts";
import { Ack, Bye, Hello, Ping } from "../../../../runtime/wire/generated/photinus/control.ts";
import { writeControl } from "../../../../runtime/wire/session/control-messages.ts";
import { flag, kind } from "../../../../runtime/wire/session/envelope.ts";
import { sessionFrame, uint32Bytes } from "../../../setup/frames.ts";
import { Motion, Ticket } from "../fixtures/server/game.messages.ts";

const commands = { join: 1, echo: 2, step: 3, tell: 4 } as const;
const toldPush = 50;
const callerWaitsMs = 5_000;

/** Where a frame's envelope begins. */
export const envelopeAt = 17;

/** Where the body of a frame without flags begins. */
export const bodyAt = envelopeAt + 5;

/** Bodies of the requests; what echoes them answers with the same. */
export const payloads = {
  echo: Uint8Array.from({ length: 64 }, (_, at) => at),
  step: encode(Motion, {
    n: 0x200001,
    tick: 0x7654321,
    x: 1.5,
    y: -2.25,
    z: 1e-3,
    vx: 0.1,
    vy: 0.2,
    vz: 0.3,
  }),
};
for (const [name, { length }] of Object.entries(payloads)) {
  if (length !== 64) throw new Error(`the payload of ${name} has ${length} bytes, not 64`);
}

/** A request with a payload of 64 bytes, and the deadline that clients send. */
export function requestFrame(command: "echo" | "step", sequence = 0): Uint8Array {
  return frameOfRequest(commands[command], sequence, payloads[command]);
}

/** What opens a session that may do everything: the request that joins has sequence number 1. */
export function opening(user: bigint, canResume = false): Uint8Array {
  return openingWith(commands.join, encode(Ticket, { user }), canResume);
}

/** What opens a session with this as its first request. */
export function openingWith(
  command: number,
  body: Uint8Array,
  canResume = false,
  takesBatches = false,
): Uint8Array {
  const hello = encode(Hello, Hello.create({ client: "bench", canResume, takesBatches }));
  return Buffer.concat([
    sessionFrame(kind.control, control.hello, 0, hello),
    frameOfRequest(command, 1, body),
  ]);
}

/** Received bytes after which a client that can resume sends an Ack. */
export const ackBytes = 65_536;

/** Most bytes of an Ack. */
export const ackRoom = 32;
const ack = new Writer(ackRoom);

/** Acknowledges pushes up to a number, and as many answers. The bytes are reused by the next call. */
export function ackFrame(push: number, answerCount: number): Uint8Array {
  ack.position = 0;
  writeControl(ack, defaultFrameFormat, control.ack, Ack, { push, answerCount });
  return ack.bytes.subarray(0, ack.position);
}

/** Sign of life of a client that has nothing else to send. */
export function pingFrame(): Uint8Array {
  return sessionFrame(kind.control, control.ping, 0, encode(Ping, { sentMs: 1_234_567 }));
}

/** The last frame of a client that does not come back. */
export function byeFrame(): Uint8Array {
  return sessionFrame(kind.control, control.bye, 0, encode(Bye, {}));
}

/** Asks for 64 bytes to be pushed to everybody. */
export function tellFrame(): Uint8Array {
  return sessionFrame(kind.notify, commands.tell, 0, payloads.echo);
}

/** What everybody gets then, but for the sequence number. */
export function toldFrame(): Uint8Array {
  return sessionFrame(kind.push, toldPush, 1, payloads.echo);
}

function frameOfRequest(command: number, sequence: number, body: Uint8Array): Uint8Array {
  const timed = Buffer.concat([uint32Bytes(callerWaitsMs), body]);
  return sessionFrame(kind.request | flag.deadline, command, sequence, timed);
}
