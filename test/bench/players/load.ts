/**
 * A load generator: `load.ts WIRE PORT SCENES FIRST_SCENE LINE_MS`. Players in scenes of 50, who move ten times a second each, the moves
 * spread evenly over time. What it writes is ready-made but for time and place, and it decodes by hand, so that it needs little of
 * its core.
 */
import { setTimeout as pause } from "node:timers/promises";
import { serveParent, tellParent } from "../harness/children.ts";
import { Latencies } from "./load/latencies.ts";
import { Player, sceneSize } from "./load/player.ts";
import { isWireName, openWire } from "./load/wires/open-wire.ts";

export type LoadQuestion = "play" | "clear" | "tell" | "stop";

export interface LoadAnswer {
  /** Counts of the times from a move's writing to its reading at another player. */
  readonly seen: readonly number[];
  readonly movesSent: number;
  readonly movesSeen: number;
  readonly bytes: number;
  /** Longest delay of a move behind its plan, in ms: the generator, or its core, was busy. */
  readonly lateMs: number;
  /** What samples saw that is wrong; complete after "stop". */
  readonly faults: readonly string[];
}

const moveMs = 100;
const enterAtOnce = 50;
const samplesOfScene = 2;
/** Longest wait for what is on its way. */
const drainMs = 20_000;

const [wireName = "", ...numbers] = process.argv.slice(2);
const [port = 0, scenes = 0, firstScene = 0, lineMs = 10_000] = numbers.map(Number);
if (!isWireName(wireName) || !(scenes > 0)) {
  throw new Error("usage: load.ts WIRE PORT SCENES FIRST_SCENE LINE_MS");
}

const wire = await openWire(wireName, port);
const tally = { seen: new Latencies(), sent: 0, moves: 0 };
const players = Array.from({ length: scenes * sceneSize }, (_, n) => {
  const id = firstScene * sceneSize + n + 1;
  return new Player(id, tally, n % sceneSize < samplesOfScene);
});
/** First one player of each scene, then the next of each: so the moves of a scene are spread evenly. */
const turns = Array.from(
  players,
  (_, turn) => players[(turn % scenes) * sceneSize + Math.floor(turn / scenes)]!,
);
const lost = new Set<string>();
let lateMs = 0;
let bytesBefore = 0;
let playing = false;

for (let n = 0; n < players.length; n += enterAtOnce) {
  await Promise.all(players.slice(n, n + enterAtOnce).map((player) => wire.enter(player)));
}
await wire.settled();
for (const { connection } of players) {
  connection!.onEnd = (why) => void lost.add(`lost a connection: ${why}`);
}

function play(): void {
  playing = true;
  const from = performance.now();
  const turnMs = moveMs / turns.length;
  const lineTurnMs = lineMs / turns.length;
  let moves = 0;
  let lines = 0;
  const go = () => {
    if (!playing) return;
    const ms = performance.now() - from;
    lateMs = Math.max(lateMs, ms - moves * turnMs);
    for (; moves * turnMs <= ms; moves++) turns[moves % turns.length]!.move();
    for (; (lines + 1) * lineTurnMs <= ms; lines++) turns[lines % turns.length]!.say();
    setTimeout(go, 1);
  };
  go();
}

function received(): number {
  return players.reduce((sum, { connection }) => sum + connection!.received, 0);
}

function clear(): void {
  tally.seen.clear();
  tally.sent = 0;
  tally.moves = 0;
  lateMs = 0;
  bytesBefore = received();
}

function linesSaid(scene: number): number {
  return players.reduce((sum, player) => sum + (player.scene === scene ? player.linesSent : 0), 0);
}

function faultsOf({ scene, sample, lines }: Player): readonly string[] {
  if (sample === undefined) return [];
  const unseen = sample.unseen();
  const said = linesSaid(scene);
  return [
    ...sample.faults,
    ...(unseen === 0 ? [] : [`saw no move of ${unseen} others`]),
    ...(lines === said ? [] : [`got ${lines} of ${said} lines`]),
  ];
}

/** Waits until the lines that were said have come, and the moves that samples have not seen. */
async function stop(): Promise<void> {
  playing = false;
  const until = performance.now() + drainMs;
  const waits = () =>
    players.some(({ scene, lines, sample }) => lines < linesSaid(scene) || (sample?.unseen() ?? 0) > 0);
  while (performance.now() < until && lost.size === 0 && waits()) await pause(20);
}

function answer(): LoadAnswer {
  const faults = new Set([...lost, ...players.flatMap(faultsOf)]);
  return {
    seen: tally.seen.toJSON(),
    movesSent: tally.sent,
    movesSeen: tally.moves,
    bytes: received() - bytesBefore,
    lateMs: Math.ceil(lateMs),
    faults: playing ? [] : [...faults],
  };
}

serveParent(async (question: LoadQuestion) => {
  if (question === "play") play();
  else if (question === "clear") clear();
  else if (question === "stop") {
    await stop();
    const last = answer();
    for (const player of players) wire.leave(player);
    return last;
  }
  return answer();
});
tellParent({ ready: true });
