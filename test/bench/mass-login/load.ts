/**
 * The players of one side: `load.ts PORT`. Each dials, says hello and signs in; the connections stay open until "leave".
 * Frames are made by hand, so that what is measured is not the client.
 */
import { setTimeout as pause } from "node:timers/promises";
import { decode, encode } from "../../../runtime/wire/codec/codec-runtime.ts";
import { kind } from "../../../runtime/wire/session/envelope.ts";
import { bodyAt, envelopeAt, openingWith } from "../game/frames/requests.ts";
import { dialFrames, type FrameSocket } from "../game/frames/socket.ts";
import { serveParent, tellParent } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import { SignInReply, SignInRequest } from "../tables/fixtures/server/login.messages.ts";
import { progressRow, purseRow, smallRow } from "../tables/rows.ts";

export interface LoginRequest {
  readonly logins: number;
  /** Logins under way at a time. */
  readonly lanes: number;
  /** The most that begin in a second; 0 for as many as are answered. */
  readonly rate: number;
}

export interface LoginResult {
  readonly perSecond: number;
  /** From the dialing to the answer, milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const signIn = 1;
/** Players whose answers are compared with their rows. */
const checkedUsers = 256n;
const port = Number(process.argv[2]);
const there: FrameSocket[] = [];

/** Throws unless a player got what the three rows hold. */
function check(user: bigint, body: Uint8Array): void {
  const progress = progressRow(user);
  mustBe(
    `the answer to player ${user}`,
    { ...decode(SignInReply, body) },
    {
      name: smallRow(user).trait_004,
      gold: purseRow(user).gold,
      level: progress.level,
      meadow: progress.meadow,
    },
  );
}

async function login(user: bigint): Promise<void> {
  const socket = await dialFrames("tcp", port);
  there.push(socket);
  socket.write(openingWith(signIn, encode(SignInRequest, { user })), () => {});
  let bytes = Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    socket.onEnd = (why) => reject(new Error(`lost the connection: ${why}`));
    socket.onChunk = (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      // Welcome comes first, and then the answer.
      const second = bytes.length < envelopeAt ? 0 : 13 + bytes.readUInt32BE(9);
      if (second === 0 || bytes.length <= second + envelopeAt) return;
      const end = second + 13 + bytes.readUInt32BE(second + 9);
      if (bytes.length < end) return;
      if (user <= checkedUsers) check(user, bytes.subarray(second + bodyAt, end));
      if (bytes[second + envelopeAt] === kind.reply) resolve();
      else reject(new Error(`player ${user} was refused`));
    };
  });
  socket.onEnd = () => {};
}

async function run({ logins, lanes, rate }: LoginRequest): Promise<LoginResult> {
  const times: number[] = [];
  const begin = performance.now();
  let last = 0;
  const lane = async () => {
    while (last < logins) {
      const user = ++last;
      const early = rate > 0 ? begin + (user * 1_000) / rate - performance.now() : 0;
      if (early > 0) await pause(early);
      const from = performance.now();
      await login(BigInt(user));
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const took = performance.now() - begin;
  times.sort((a, b) => a - b);
  const part = (share: number) => Number(times[Math.floor(times.length * share)]!.toFixed(1));
  return { perSecond: Math.round((logins * 1_000) / took), p50: part(0.5), p99: part(0.99) };
}

serveParent<LoginRequest | "leave">(async (request) => {
  if (request !== "leave") return run(request);
  for (const socket of there.splice(0)) socket.close();
  return {};
});
tellParent({});
