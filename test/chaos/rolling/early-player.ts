import { setTimeout as sleep } from "node:timers/promises";
import { isPhotinusError } from "../../../schema/errors.ts";
import { clientOf } from "./client-of.ts";

/** Answers to a player that came before the gates had the release. */
export interface Early {
  /** Refusals by gates that are older than the player. */
  readonly refusals: number;
  /** Errors that do not ask to come again, or not later. */
  readonly wrong: readonly string[];
}

/** Number of trades of {@link tradeEarly}, each in another scene. */
const tradeCount = 20;

/** Longest wait of a trade until the node of its scene has the release, in ms. */
const tradeMs = 300_000;

/**
 * Calls a command of a new release at a gate that knows it, while the nodes of the scenes do not. Resolves with the errors once each
 * call is answered or has failed.
 */
export async function tradeEarly(folder: string, port: number): Promise<string[]> {
  const { connect, scene } = await clientOf(folder);
  const connection = await connect(`tcp://127.0.0.1:${port}`);
  const wrong: string[] = [];
  const trades = Array.from({ length: tradeCount }, async (_, sceneId) => {
    const mark = `early-${sceneId}`;
    try {
      const { act } = await scene.trade!(connection, { sceneId, mark }, { timeoutMs: tradeMs });
      if (act.mark !== mark) wrong.push(`${mark} was answered with ${act.mark}`);
    } catch (error) {
      wrong.push(isPhotinusError(error) ? `${error.message} (${error.outcome})` : String(error));
    }
  });
  await Promise.all(trades);
  await connection.close();
  return wrong;
}

/** Connects with the client of a release until a gate lets it in. Resolves then. */
export async function comeEarly(folder: string, port: number): Promise<Early> {
  const { connect } = await clientOf(folder);
  const wrong: string[] = [];
  for (let refusals = 0; ; ) {
    try {
      const connection = await connect(`tcp://127.0.0.1:${port}`);
      await connection.close();
      return { refusals, wrong };
    } catch (error) {
      if (!isPhotinusError(error)) throw error;
      const { code, reason, retryAfterMs } = error;
      if (code !== "UNAVAILABLE") wrong.push(`${code}: ${reason}`);
      else if (reason.includes("is newer than the server's release")) {
        refusals++;
        if (!(retryAfterMs > 0)) wrong.push(`${reason}, and no time to come again`);
      }
      await sleep(Math.max(retryAfterMs, 100));
    }
  }
}
