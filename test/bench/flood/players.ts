/**
 * Players beside a flood: `players.ts PORT CONNECTIONS CALLS_PER_SECOND`. They send requests at a fixed pace, whether earlier ones are
 * answered or not, so that a gate that stands still is not measured less often.
 */
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { listenForAnswers } from "../game/frames/answers.ts";
import { opening, payloads, requestFrame } from "../game/frames/requests.ts";
import { dialFrames, type FrameSocket } from "../game/frames/socket.ts";
import { serveParent, tellParent } from "../harness/children.ts";

export interface PlayRequest {
  readonly ms: number;
}

export interface PlayResult {
  /** 99th percentile of the round trips, in ms. A request without an answer counts as long as it has waited. */
  readonly p99Ms: number;
  /** Answers in a second. */
  readonly perSecond: number;
  /** Answers that were errors. */
  readonly errors: number;
  /** Requests whose answer has not come after a long wait. */
  readonly unanswered: number;
}

const tickMs = 4;
const keepAliveMs = 2_000;
/** Longest wait for the answers after the last request, in ms. */
const lateMs = 10_000;
const [port = 0, count = 1, callsPerSecond = 1] = process.argv.slice(2).map(Number);

class Player {
  readonly #socket: FrameSocket;
  readonly sentAt = new Map<number, number>();
  #sequence = 1;
  times: number[] = [];
  errors = 0;
  readonly joined: Promise<void>;

  constructor(socket: FrameSocket, user: bigint) {
    this.#socket = socket;
    this.joined = new Promise((resolve) => {
      this.sentAt.set(1, performance.now());
      const wait = setInterval(() => {
        if (this.sentAt.has(1)) return;
        clearInterval(wait);
        resolve();
      }, 5);
    });
    listenForAnswers(socket, (of, sequence, body) => this.#onAnswer(of, sequence, body));
    socket.onEnd = (why) => {
      throw new Error(`a player lost the connection: ${why}`);
    };
    socket.write(opening(user), () => {});
  }

  send(): void {
    const sequence = ++this.#sequence;
    this.sentAt.set(sequence, performance.now());
    this.#socket.write(requestFrame("echo", sequence), () => {});
  }

  reset(): void {
    this.times = [];
    this.errors = 0;
  }

  #onAnswer(of: number, sequence: number, body: Uint8Array): void {
    const sentAt = this.sentAt.get(sequence);
    if (sentAt === undefined) return;
    this.sentAt.delete(sequence);
    if (of === kind.reply && sequence > 1 && Buffer.compare(body, payloads.echo) !== 0)
      throw new Error("an echo is not what was sent");
    if (of === kind.error) this.errors++;
    else this.times.push(performance.now() - sentAt);
  }
}

const players: Player[] = [];
for (let n = 0; n < count; n++) {
  players.push(new Player(await dialFrames("tcp", port), BigInt(n + 1)));
}
await Promise.all(players.map(({ joined }) => joined));

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let isPlaying = false;

/** The gate would take players who send nothing between two rounds for dead, where a round is long in coming. */
const keepAlive = setInterval(() => {
  if (!isPlaying) for (const player of players) player.send();
}, keepAliveMs);
keepAlive.unref();

const waits = () => players.some(({ sentAt }) => sentAt.size > 0);

/** Waits until all is answered, but not for ever. */
async function answered(): Promise<void> {
  const until = performance.now() + lateMs;
  while (waits() && performance.now() < until) await pause(tickMs);
}

async function play(ms: number): Promise<PlayResult> {
  isPlaying = true;
  try {
    await answered();
    return await measured(ms);
  } finally {
    isPlaying = false;
  }
}

async function measured(ms: number): Promise<PlayResult> {
  for (const player of players) player.reset();
  const from = performance.now();
  let sent = 0;
  for (let now = from; now - from < ms; now = performance.now()) {
    for (const due = ((now - from) * callsPerSecond) / 1_000; sent < due; sent++)
      players[sent % players.length]!.send();
    await pause(tickMs);
  }
  const count = players.reduce((sum, { times }) => sum + times.length, 0);
  const perSecond = (count * 1_000) / (performance.now() - from);
  await answered();
  const times = players.flatMap((player) => player.times);
  const now = performance.now();
  const unanswered = players.reduce((sum, { sentAt }) => sum + sentAt.size, 0);
  for (const { sentAt } of players) {
    for (const at of sentAt.values()) times.push(now - at);
    sentAt.clear();
  }
  times.sort((a, b) => a - b);
  const errors = players.reduce((sum, player) => sum + player.errors, 0);
  return { p99Ms: times[Math.floor(times.length * 0.99)] ?? Infinity, perSecond, errors, unanswered };
}

serveParent(({ ms }: PlayRequest) => play(ms));
tellParent({ ready: true });
