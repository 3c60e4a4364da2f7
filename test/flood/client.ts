/**
 * The well-behaved client: `client.ts PORT`. Asked for a number of samples, it sends one request after another, with a short
 * pause between two, and answers with the round trips in milliseconds.
 */
import { setTimeout as pause } from "node:timers/promises";
import { listenForAnswers } from "../bench/game/frames/answers.ts";
import { opening, requestFrame } from "../bench/game/frames/requests.ts";
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
let sequence = 1;
let answered = (): void => {};

// An error that says that the request was too late is an answer, and a time.
listenForAnswers(socket, (_kind, answeredSequence) => {
  if (answeredSequence === sequence) answered();
});
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
    times.push(await roundTrip(requestFrame("echo", ++sequence)));
    await pause(betweenMs);
  }
  return { times };
});
tellParent({ ready: true });
