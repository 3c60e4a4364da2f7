import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { PlayersReport } from "./player-report.ts";

/** Players of one release, in a process of their own. */
export class PlayerGroup {
  readonly #child: ChildProcess;
  readonly #report: Promise<PlayersReport>;

  private constructor(child: ChildProcess, report: Promise<PlayersReport>) {
    this.#child = child;
    this.#report = report;
  }

  /**
   * Starts the players. Resolves once all of them are connected and play.
   *
   * @param folder folder of their release
   */
  static async join(
    folder: string,
    release: number,
    count: number,
    ports: readonly number[],
  ): Promise<PlayerGroup> {
    const program = fileURLToPath(new URL("players.ts", import.meta.url));
    const child = fork(program, [folder, `${release}`, `${count}`, ports.join(",")], {
      execArgv: ["--conditions=photinus-source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const playing = Promise.withResolvers<void>();
    const report = Promise.withResolvers<PlayersReport>();
    // Players whose release is refused for good end by themselves, and nobody waits for their report yet.
    report.promise.catch(() => {});
    child.on("message", (message) => {
      if (message === "playing") playing.resolve();
      else report.resolve(message as PlayersReport);
    });
    child.once("close", () => {
      const error = new Error(`the program of the players of release ${release} ended`);
      playing.reject(error);
      report.reject(error);
    });
    await playing.promise;
    return new PlayerGroup(child, report.promise);
  }

  /** Ends the calls, and returns what the players have seen. */
  leave(): Promise<PlayersReport> {
    if (this.#child.connected) this.#child.send("stop", () => {});
    return this.#report;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
