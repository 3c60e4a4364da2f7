import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { connect } from "@photinus/client/node";
import { isPhotinusError } from "../../../schema/errors.ts";

/** What a player has met who came before the gates had the release. */
export interface Early {
  /** Refusals by gates that are older than the player. */
  readonly refusals: number;
  /** Errors that do not ask to come again, or not later. */
  readonly wrong: readonly string[];
}

/** Connects with the client of a release until a gate lets it in. Resolves then. */
export async function comeEarly(folder: string, port: number): Promise<Early> {
  const path = pathToFileURL(join(folder, "generated/client/node.ts")).href;
  const sdk = (await import(path)) as { connect: typeof connect };
  const wrong: string[] = [];
  for (let refusals = 0; ; ) {
    try {
      const connection = await sdk.connect(`tcp://127.0.0.1:${port}`);
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
