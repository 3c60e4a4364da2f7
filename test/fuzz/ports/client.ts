import { compressBody } from "../../../runtime/transport/zlib-bodies.ts";
import { encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { control } from "../../../runtime/wire/frame/frame-format.ts";
import { Compression, Hello } from "../../../runtime/wire/generated/photinus/control.ts";
import { write$Ticket } from "../../bench/game/fixtures/client/game.messages.ts";
import { protocol } from "../../bench/game/fixtures/server/index.ts";
import { classicFrame, sessionFrame, uint32Bytes } from "../../setup/frames.ts";
import { below, bytes, changed, joined, oneOf, type Random, uint32 } from "../bytes.ts";
import type { Grammar, Talk } from "../grammar.ts";
import { messagesOf, randomMessage } from "../random-message.ts";

const controls = messagesOf("control.proto");
const commands = [...protocol.commands.map(({ id }) => id), 0, 999];
const nothing = new Uint8Array(0);

/** A Hello that the gate welcomes. */
export function hello(random: Random): Uint8Array {
  const compressions = random() < 0.5 ? [Compression.DEFLATE_RAW] : [];
  const message = Hello.create({ client: "fuzz", canResume: random() < 0.5, compressions });
  return sessionFrame(6, control.hello, 0, encode(Hello, message));
}

/** A request that binds the session to a user: most commands want one. */
export function join(random: Random, sequence: number): Uint8Array {
  const ticket = { name: "bench.Ticket", write: write$Ticket };
  return sessionFrame(1, 1, sequence, encode(ticket, { user: BigInt(1 + below(random, 50)) }));
}

/** One message of a client after its Hello. */
export function sessionCase(random: Random, sequence: number): Uint8Array {
  const draw = random();
  // Most are right, so that connections live and later messages find them in many states.
  const body = random() < 0.7 ? bytes(random, 40) : bytes(random, 2_000);
  let made: Uint8Array;
  if (draw < 0.04) made = compressedCase(random, sequence);
  else if (draw < 0.45) made = sessionFrame(1, oneOf(random, commands), sequence, body);
  else if (draw < 0.55) made = sessionFrame(5, oneOf(random, commands), 0, body);
  else if (draw < 0.6)
    made = sessionFrame(0x41, oneOf(random, commands), sequence, joined([uint32Bytes(uint32(random)), body]));
  else if (draw < 0.85) made = controlCase(random);
  else made = sessionFrame(below(random, 256), uint32(random), uint32(random), body);
  return random() < 0.15 ? changed(random, made) : made;
}

/** A request whose body is compressed, or looks like it. */
function compressedCase(random: Random, sequence: number): Uint8Array {
  const plain = new Uint8Array(1 + below(random, 4_000)).map((_, at) => at % 7);
  const packed = compressBody(Compression.DEFLATE_RAW, plain, 0, plain.length) ?? plain;
  const body = random() < 0.7 ? packed : changed(random, packed);
  return sessionFrame(0x11, oneOf(random, commands), sequence, body);
}

/** One control message, with fields that no client would send among them. */
export function controlCase(random: Random): Uint8Array {
  const command = control.nothing + below(random, 16);
  const body = random() < 0.9 ? randomMessage(random, oneOf(random, controls)) : nothing;
  return sessionFrame(6, command, random() < 0.95 ? 0 : uint32(random), body);
}

function classicCase(random: Random): Uint8Array {
  const made = classicFrame(oneOf(random, [...commands, uint32(random)]), bytes(random, 60));
  return random() < 0.2 ? changed(random, made) : made;
}

function talk(random: Random, next: (sequence: number) => Uint8Array, opening: Uint8Array): Talk {
  let sequence = 0;
  return { opening, waitsForAnswer: false, next: () => next(random() < 0.95 ? ++sequence : uint32(random)) };
}

/** Client port over TCP, in both protocols. */
export const client: Grammar = {
  port: (addresses) => addresses.client,
  talk(random) {
    const draw = random();
    if (draw < 0.2) return talk(random, () => classicCase(random), nothing);
    // Without a Hello that is right.
    if (draw < 0.4)
      return talk(random, (sequence) => sessionCase(random, sequence), changed(random, hello(random)));
    const opening = joined([hello(random), join(random, 1)]);
    return talk(random, (sequence) => sessionCase(random, 1 + sequence), opening);
  },
};

/** Control messages only: before, in place of and after Hello. */
export const controlMessages: Grammar = {
  port: (addresses) => addresses.client,
  talk: (random) => talk(random, () => controlCase(random), random() < 0.7 ? hello(random) : nothing),
};
