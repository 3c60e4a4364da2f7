import { setTimeout as sleep } from "node:timers/promises";
import { generator } from "../../setup/generator.ts";
import { afterOpening, drawFaults } from "./faults.ts";
import type { PlayerLog } from "./logs.ts";
import { Player } from "./player.ts";
import { HostileProxy } from "./proxy.ts";

/** How long a gate may keep anything of clients that are gone, in ms. */
const leftoversMs = 20_000;

/** Clients of a round, each behind a proxy of its own. */
export class HostileNetwork {
  readonly #players: readonly Player[];
  readonly #proxies: readonly HostileProxy[];

  private constructor(players: readonly Player[], proxies: readonly HostileProxy[]) {
    this.#players = players;
    this.#proxies = proxies;
  }

  /** Opens the proxies and connects the players. Faults begin at once. */
  static async open(
    target: { readonly host: string; readonly port: number },
    seed: number,
    count: number,
    isPlain: (player: number) => boolean = (player) => player % 4 === 0,
  ): Promise<HostileNetwork> {
    const proxies: HostileProxy[] = [];
    const joining: Promise<Player>[] = [];
    for (let player = 1; player <= count; player++) {
      const faults = generator(seed * 1_000 + player);
      let connections = 0;
      // A client whose first welcome is lost has no token: its session would wait for nobody, long after the round.
      const draw = () => (connections++ === 0 ? afterOpening(drawFaults(faults)) : drawFaults(faults));
      const proxy = await HostileProxy.open(target, draw);
      proxies.push(proxy);
      const random = generator(seed * 1_000 + 500 + player);
      joining.push(Player.join({ player, port: proxy.port, random, isPlain: isPlain(player) }));
    }
    return new HostileNetwork(await Promise.all(joining), proxies);
  }

  get logs(): PlayerLog[] {
    return this.#players.map(({ log }) => log);
  }

  calm(): void {
    for (const proxy of this.#proxies) proxy.calm();
  }

  /** Ends the load of all players; see {@link Player.finish}. */
  async finish(): Promise<void> {
    await Promise.all(this.#players.map((player) => player.finish()));
  }

  /** Resolves when the last pushes of these streams have arrived, or do not come. */
  async settled(streams: readonly (readonly [string, number])[]): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const waits = this.logs.some(({ pushes }) => {
        const last = new Map(pushes.map(({ stream, number }) => [stream, number]));
        return streams.some(([stream, count]) => (last.get(stream) ?? count) < count);
      });
      if (!waits) return;
      await sleep(50);
    }
  }

  /** The players leave: all politely, or every second one without a word. */
  async leave(how: "politely" | "both"): Promise<void> {
    await Promise.all(this.#players.map((player, at) => player.leave(how === "politely" || at % 2 === 0)));
  }

  /** @param serverStrikes strikes of servers, which cut connections as well */
  counts(serverStrikes = 0): { cuts: number; duplicates: number; resumes: number; refused: number } {
    return {
      duplicates: this.#proxies.reduce((sum, { duplicates }) => sum + duplicates, 0),
      cuts: this.#proxies.reduce((sum, { cuts }) => sum + cuts, serverStrikes),
      resumes: this.logs.reduce((sum, { resumes }) => sum + resumes, 0),
      refused: this.logs.reduce((sum, { refusedEvents }) => sum + refusedEvents, 0),
    };
  }

  async close(): Promise<void> {
    await this.leave("both");
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}

/** Waits until a gate has nothing left of its clients. Returns what is left after that time. */
export async function leftovers(
  status: () => Promise<{
    sessions: number;
    suspended: number;
    users: number;
    groups: number;
    inFlight: number;
  }>,
): Promise<string[]> {
  const until = performance.now() + leftoversMs;
  for (;;) {
    const { sessions, suspended, users, groups, inFlight } = await status();
    const left = { sessions, suspended, users, groups, inFlight };
    if (Object.values(left).every((number) => number === 0)) return [];
    if (performance.now() > until) return [`the gate keeps ${JSON.stringify(left)} without clients`];
    await sleep(50);
  }
}
