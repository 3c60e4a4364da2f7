/**
 * The well-behaved client: `client.ts PORT`. Asked for a number of samples, it sends one request after another, with a short
 * pause between two, and answers with the round trips in milliseconds.
 */
import { setTimeout as pause } from "node:timers/promises";
import { kind } from "../../runtime/wire/session/envelope.ts";
import { envelopeAt, opening, requestFrame } from "../bench/game/frames/requests.ts";
import { dialFrames } from "../bench/game/frames/socket.ts";
import { serveParent, tellParent } from "../bench/harness/children.ts";

export interface SampleRequest {
  readonly samples: number;
}

export interface SampleResult {
  readonly times: readonly number[];
}

const betweenMs = 1;
/** A request that is not answered by then has taken so long. */
const longestMs = 2_000;

const socket = await dialFrames("tcp", Number(process.argv[2]));
let rest: Buffer = Buffer.alloc(0);
let sequence = 1;
let answered = (): void => {};

socket.onChunk = (chunk) => {
  let bytes = Buffer.concat([rest, chunk]);
  while (bytes.length > envelopeAt && bytes.length >= 13 + bytes.readUInt32BE(9)) {
    // An answer that says that it was too late is an answer, and a time.
    const answer = bytes[envelopeAt] === kind.reply || bytes[envelopeAt] === kind.error;
    if (answer && bytes.readUInt32BE(envelopeAt + 1) === sequence) answered();
    bytes = bytes.subarray(13 + bytes.readUInt32BE(9));
  }
  rest = Buffer.from(bytes);
};
socket.onEnd = (why) => {
  throw new Error(`lost the connection: ${why}`);
};

/** Sends a frame and waits for its answer. */
async function roundTrip(bytes: Uint8Array): Promise<number> {
  const from = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, longestMs);
    answered = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.write(bytes, () => {});
  });
  return performance.now() - from;
}

await roundTrip(opening(1n));

serveParent(async ({ samples }: SampleRequest): Promise<SampleResult> => {
  const times: number[] = [];
  for (let n = 0; n < samples; n++) {
    const request = Buffer.from(requestFrame("echo"));
    request.writeUInt32BE(++sequence, envelopeAt + 1);
    times.push(await roundTrip(request));
    await pause(betweenMs);
  }
  return { times };
});
tellParent({ ready: true });
