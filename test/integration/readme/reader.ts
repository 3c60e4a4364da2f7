import type { Step } from "./snippets.ts";

/** What a reader has: a folder, and terminals. */
export interface Desk {
  write(name: string, text: string, isAddition: boolean): void;
  /** Runs a line to its end, and gives its output. Throws when it fails. */
  run(line: string): Promise<string>;
  /** Runs a line until it is stopped. Resolves when the game is ready. */
  start(line: string): Promise<Game>;
}

export interface Game {
  /** What the game has logged. */
  readonly log: string;
  /** Resolves when the game has ended by itself, well. */
  readonly ended: Promise<void>;
}

/** The line that plays the game of a document, once there is a player. */
const playLine = "node player.ts";
const stopLine = "npx photinus stop";

/** One run of a game, from its start to its stop. */
export interface Played {
  readonly log: string;
  /** What the player printed; undefined when there was none yet. */
  readonly printed: string | undefined;
}

/**
 * Takes all steps of a document in their order. Each game is started, played, stopped, and started once more, so that nothing is
 * left of the first time that keeps the second from starting; the last one is played and stopped at the end.
 */
export async function follow(steps: readonly Step[], desk: Desk): Promise<Played[]> {
  const games: Played[] = [];
  let hasPlayer = false;
  let running: Game | undefined;
  let printed: string | undefined;
  const stop = async (game: Game) => {
    await desk.run(stopLine);
    await game.ended;
    games.push({ log: game.log, printed });
    running = printed = undefined;
  };
  for (const step of steps) {
    if (step.kind === "file") {
      desk.write(step.name, step.text, step.isAddition);
      hasPlayer ||= step.name === "player.ts";
    } else if (/^npx photinus start\b/.test(step.line)) {
      const first = await desk.start(step.line);
      if (hasPlayer) printed = await desk.run(playLine);
      await stop(first);
      running = await desk.start(step.line);
    } else if (step.line === stopLine && running !== undefined) {
      await stop(running);
    } else if (step.line === playLine) {
      printed = await desk.run(playLine);
    } else {
      await desk.run(step.line);
    }
  }
  if (running === undefined) return games;
  printed = await desk.run(playLine);
  await stop(running);
  return games;
}
