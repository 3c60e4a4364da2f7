/*
 * Program of the players of one release: `players FOLDER RELEASE COUNT PORTS`, the ports separated by commas. It connects with
 * the generated client of the release, calls without an end, and checks each answer. On the message "stop" it waits for the
 * answers that are due, and sends its report.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, StateEvent } from "@photinus/client/node";
import { isPhotinusError } from "../../../schema/errors.ts";
import { clientOf } from "./client-of.ts";
import { type Act, sceneCount } from "./game-types.ts";
import type { PlayersReport } from "./player-report.ts";

const [folder = "", releaseText = "", countText = "", portsText = ""] = process.argv.slice(2);
const release = Number(releaseText);
const ports = portsText.split(",");

/** Longest pause between two calls of a player, in ms. */
const pauseMs = 40;

const { connect, scene, board } = await clientOf(folder);

const report: PlayersReport = {
  release,
  calls: {},
  answered: [],
  nudged: [],
  newSessions: 0,
  resumed: 0,
  slowestMs: 0,
  upgrades: [],
  refusedCalls: 0,
  errors: [],
};
let isStopping = false;
let marks = 0;

function wrong(text: string): void {
  report.errors.push(text);
}

/** One client of the game. */
class Player {
  readonly #connection: Connection;
  readonly #counts = new Map<number, number>();
  readonly #pushes = new Map<string, number>();
  #over = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onState((event) => this.#onState(event));
    scene.onActed(connection, ({ mark }) => this.#pushes.set(mark, (this.#pushes.get(mark) ?? 0) + 1));
  }

  async play(): Promise<void> {
    await Promise.all([this.#loop(() => this.#scene()), this.#loop(() => this.#sum())]);
    // The answer comes after all notifies of the lane: a session that ends takes waiting ones with it.
    if (!this.#over) await scene.look(this.#connection, { sceneId: 0 });
    await this.#connection.close();
  }

  async #loop(step: () => Promise<void>): Promise<void> {
    while (!isStopping && !this.#over) {
      const began = performance.now();
      try {
        await step();
        report.slowestMs = Math.max(report.slowestMs, Math.round(performance.now() - began));
      } catch (error) {
        if (isPhotinusError(error) && error.code === "UPGRADE_REQUIRED") report.refusedCalls++;
        else wrong(isPhotinusError(error) ? `${error.message} (${error.outcome})` : String(error));
      }
      await sleep(Math.random() * pauseMs);
    }
  }

  async #scene(): Promise<void> {
    const sceneId = Math.floor(Math.random() * sceneCount);
    const connection = this.#connection;
    const mark = `r${release}-${process.pid}-${++marks}`;
    const acts: [string, Act | undefined][] = [
      ["act", scene.act],
      ["dance", scene.dance],
      ["trade", scene.trade && (async (...args) => (await scene.trade!(...args)).act)],
    ];
    const known = acts.filter(([, act]) => act !== undefined);
    const chance = Math.random();
    if (chance < 0.15) {
      report.nudged.push(mark);
      scene.nudge(connection, { sceneId, mark });
    } else if (chance < 0.35) {
      const { count } = await scene.look(connection, { sceneId });
      this.#rises("look", sceneId, count, 0);
    } else {
      const [name, act] = known[marks % known.length]!;
      const note = release > 1 ? `note of ${mark}` : undefined;
      const reply = await act!(connection, { sceneId, mark, ...(note !== undefined && { note }) });
      report.answered.push(mark);
      if (reply.mark !== mark || reply.sceneId !== sceneId) wrong(`${mark} got the answer of ${reply.mark}`);
      if (reply.note !== note) wrong(`${mark}: the note of the answer is ${reply.note}`);
      this.#rises(name, sceneId, reply.count, 1);
      const pushed = this.#pushes.get(mark) ?? 0;
      if (pushed !== 1) wrong(`${mark}: ${pushed} pushes before the answer`);
      this.#pushes.delete(mark);
    }
  }

  /** Counts an answer. The number of acts in a scene must have risen since this player's last answer, by `least` or more. */
  #rises(name: string, sceneId: number, count: number, least: number): void {
    report.calls[name] = (report.calls[name] ?? 0) + 1;
    const before = this.#counts.get(sceneId) ?? 0;
    if (count < before + least)
      wrong(`${name}: scene ${sceneId} has ${count} acts, and had ${before} before`);
    this.#counts.set(sceneId, count);
  }

  async #sum(): Promise<void> {
    const [left, right] = [Math.floor(Math.random() * 1_000), Math.floor(Math.random() * 1_000)];
    const { sum } = await board.sum(this.#connection, { left, right });
    if (sum !== left + right) wrong(`${left} + ${right} was answered with ${sum}`);
    report.calls["sum"] = (report.calls["sum"] ?? 0) + 1;
  }

  #onState({ state, cause, upgrade, reason, ...event }: StateEvent): void {
    if (cause === "upgrade") {
      const atNs = process.hrtime.bigint().toString();
      report.upgrades.push({ atNs, state, ...upgrade! });
    } else if (cause === "welcome" && "resumed" in event) {
      if (event.resumed) report.resumed++;
      else report.newSessions++;
    }
    if (state !== "closed" || isStopping) return;
    this.#over = true;
    if (cause !== "upgrade") wrong(`a connection closed: ${cause}, ${reason}`);
  }
}

const players: Promise<void>[] = [];
for (let at = 0; at < Number(countText); at++) {
  const scheme = at % 2 === 0 ? "tcp" : "ws";
  const port = ports[Math.floor(at / 2) % ports.length];
  players.push(new Player(await connect(`${scheme}://127.0.0.1:${port}`)).play());
}
process.send!("playing");
process.on("message", () => {
  isStopping = true;
});
await Promise.all(players);
process.send!(report, () => process.disconnect());
