/**
 * The well-behaved client: `client.ts PORT`. Asked for a number of samples, it sends one request after another, with a short
 * pause between two, and answers with the round trips in milliseconds.
 */
import { dialFrames } from "../bench/game/frames/socket.ts";
import { Stream } from "../bench/game/frames/stream.ts";
import { serveParent, tellParent } from "../bench/harness/children.ts";
import { pause } from "../bench/harness/pairs.ts";

export interface SampleRequest {
  readonly samples: number;
}

export interface SampleResult {
  readonly times: readonly number[];
}

const betweenMs = 1;

const socket = await dialFrames("tcp", Number(process.argv[2]));
const stream = new Stream(socket, "echo", "reply");
await stream.join(1n);

serveParent(async ({ samples }: SampleRequest): Promise<SampleResult> => {
  const times: number[] = [];
  for (let n = 0; n < samples; n++) {
    const from = performance.now();
    stream.keep(1, false);
    await stream.finish();
    times.push(performance.now() - from);
    await pause(betweenMs);
  }
  return { times };
});
tellParent({ ready: true });
