import { setTimeout as sleep } from "node:timers/promises";
import type { CanaryNode } from "../../../runtime/cli/clients/canary-command.ts";
import { clientOf } from "./client-of.ts";
import type { Place } from "./game-types.ts";
import type { ReleaseNumber, Releases } from "./releases.ts";

/** Share of a canary node as a client of each gate has found it. */
export interface Share {
  readonly release: number;
  /** Percentage that `photinus canary` set. */
  readonly percent: number;
  /** Keys of {@link keyCount} whose commands the canary node answered. */
  readonly taken: number;
}

/** Keys of scenes that are asked for their node. */
const keyCount = 10_000;
/** Commands in flight at a time. */
const batch = 100;

/** The canary node of the scenes, changed by the command line while players call. */
export class Canary {
  readonly shares: Share[] = [];
  readonly problems: string[] = [];
  readonly #releases: Releases;
  readonly #ports: readonly number[];
  /** Keys that the node took by the last change. */
  #taken: ReadonlySet<number> = new Set();

  constructor(releases: Releases, ports: readonly number[]) {
    this.#releases = releases;
    this.#ports = ports;
  }

  /** Starts the canary node with a release. It takes what it took. */
  async restart(release: ReleaseNumber): Promise<void> {
    this.#releases.point("canary", release);
    await this.#releases.photinus("restart", "canary");
  }

  /** Changes the share, waits until all gates have changed, and checks who answers for each key, at each gate. */
  async take(percent: number, release: ReleaseNumber): Promise<void> {
    this.#releases.step();
    await this.#releases.photinus("canary", "scene", "--percent", `${percent}`);
    await this.#settled(percent);
    const [first, ...others] = await Promise.all(
      this.#ports.map((port) => ownersAt(this.#releases.current, port)),
    );
    const taken = new Set(first!.flatMap(({ node }, key) => (node === "canary" ? [key] : [])));
    this.shares.push({ release, percent, taken: taken.size });
    const what = `at ${percent} % of release ${release}`;
    const points = (Math.abs(taken.size / keyCount - percent / 100) * 100).toFixed(2);
    if (Number(points) > 1) this.problems.push(`${what} the canary took ${taken.size} of ${keyCount} keys`);
    const wrong = [...taken].filter((key) => first![key]!.release !== release).length;
    if (wrong > 0) this.problems.push(`${what} the canary answered ${wrong} keys with another release`);
    for (const other of others) {
      const differ = first!.filter(({ node }, key) => other[key]!.node !== node).length;
      if (differ > 0) this.problems.push(`${what} the gates chose other nodes for ${differ} keys`);
    }
    const [small, large] = taken.size < this.#taken.size ? [taken, this.#taken] : [this.#taken, taken];
    const moved = [...small].filter((key) => !large.has(key)).length;
    if (moved > 0) this.problems.push(`${what} ${moved} keys moved against the change`);
    this.#taken = taken;
  }

  async #settled(percent: number): Promise<void> {
    for (;;) {
      const { nodes } = JSON.parse(await this.#releases.photinus("canary", "--json")) as {
        nodes: CanaryNode[];
      };
      if (nodes.every((node) => node.settled && node.percent === percent)) return;
      await sleep(50);
    }
  }
}

/** Returns the node of each key, as the scenes answer to a client of a gate. */
async function ownersAt(folder: string, port: number): Promise<Place[]> {
  const { connect, scene } = await clientOf(folder);
  const connection = await connect(`tcp://127.0.0.1:${port}`);
  const places: Place[] = [];
  while (places.length < keyCount) {
    const keys = Array.from({ length: batch }, (_, at) => places.length + at);
    places.push(...(await Promise.all(keys.map((sceneId) => scene.where(connection, { sceneId })))));
  }
  await connection.close();
  return places;
}
