import { text } from "../../../integration/gate/raw-client.ts";
import { commands, pushes } from "../../../integration/gate/schema.ts";
import { generator } from "../../../setup/generator.ts";
import { judgeLast } from "./last-checks.ts";
import { type Shape, SteppedGame, userIds } from "./stepped-game.ts";
import { type SteppedNetwork, settle } from "./stepped-network.ts";
import type { Tab } from "./tab.ts";

/** Least and most acts of a run. */
const [leastActs, mostActs] = [12, 40];
/** Acts that end a session, other than a login of the same user. */
const endings = ["kick", "bye", "otherSchema", "wait"] as const;

export interface Interleaving {
  readonly problems: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Hands out the connections that nodes and gates dial; a test replaces `dialTcp` by it. */
export type Dialing = (network: SteppedNetwork) => void;

/**
 * One run: clients, nodes and gates on a stepped network and a fake clock. What happens, and in which order it arrives, the seed
 * decides. Of each kind of act a run has many, some or none, so that some runs contain nothing but races of two sockets.
 */
export async function interleave(seed: number, shape: Shape, dialing: Dialing): Promise<Interleaving> {
  const random = generator(seed);
  const game = new SteppedGame(random, shape);
  dialing(game.network);
  try {
    await game.open();
    const acts = new Acts(game, random);
    await acts.play();
    await judgeLast(game, acts.isCalm);
  } finally {
    await game.close();
  }
  return { problems: game.oracle.problems, counts: { ...game.oracle.counts, ...game.counts } };
}

/** What happens in a run, besides deliveries. */
class Acts {
  /** True when no act of the run ends a session but a login of the same user. */
  readonly isCalm: boolean;
  readonly #game: SteppedGame;
  readonly #random: () => number;
  readonly #weights: Readonly<Record<string, number>>;
  readonly #acts: Readonly<Record<string, () => Promise<void> | void>>;

  constructor(game: SteppedGame, random: () => number) {
    this.#game = game;
    this.#random = random;
    this.#acts = {
      connect: () => this.#game.dial(this.#tab()),
      fresh: () => this.#game.dial(this.#game.add(`tab ${this.#game.tabs.length + 1}`)),
      clone: () => {
        const of = this.#tab();
        this.#game.dial(this.#game.add(`copy of ${of.name}`, of.state));
      },
      cut: () => this.#cut(),
      login: () => this.#game.logIn(this.#up(), userIds[this.#game.network.below(4) === 0 ? 1 : 0]),
      echo: () => void this.#up()?.ask(commands.echo.id, "?"),
      push: () => this.#push(),
      acknowledge: () => this.#up()?.acknowledge(),
      ping: () => this.#up()?.ping(),
      forge: () => this.#forge(),
      replay: () => this.#replay(),
      kick: () => this.#kick(),
      bye: () => this.#up()?.leave(),
      otherSchema: () => this.#game.dial(this.#tab(), { schema: "fedcba9876543210" }),
      wait: () => this.#game.wait(1_000 + this.#game.network.below(5_000)),
    };
    const always = { connect: 8, cut: 4, echo: 3 };
    const chosen = Object.keys(this.#acts)
      .filter((name) => !(name in always))
      .map((name) => [name, this.#random() < 0.5 ? 0 : 1 + this.#game.network.below(4)] as const);
    const isCalm = this.#random() < 0.4;
    this.#weights = {
      ...always,
      ...Object.fromEntries(chosen),
      ...(isCalm ? Object.fromEntries(endings.map((name) => [name, 0])) : {}),
    };
    this.isCalm = endings.every((name) => this.#weights[name] === 0);
  }

  /** Acts and deliveries, in an order of the seed's. */
  async play(): Promise<void> {
    for (let acts = leastActs + this.#game.network.below(mostActs - leastActs); acts > 0; acts--) {
      await this.#acts[this.#draw()]?.();
      await settle();
      this.#game.look();
      for (let steps = this.#game.network.below(5); steps > 0; steps--) await this.#game.step();
    }
  }

  #draw(): string {
    const all = Object.entries(this.#weights);
    let dice = this.#random() * all.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of all) {
      dice -= weight;
      if (dice < 0) return name;
    }
    return "connect";
  }

  #tab(): Tab {
    return this.#game.network.pick(this.#game.tabs)!;
  }

  /** A client with a welcome. */
  #up(): Tab | undefined {
    return this.#game.network.pick(this.#game.tabs.filter((tab) => tab.isUp));
  }

  #cut(): void {
    const wire = this.#game.network.pick(this.#game.tabs.filter((tab) => tab.wire?.over === false))?.wire;
    if (wire === undefined) return;
    this.#game.counts.cuts++;
    wire.cut(this.#random() < 0.3);
  }

  #push(): void {
    const node = this.#game.network.pick(this.#game.nodes);
    const session = this.#game.network.pick(node?.sessions() ?? []);
    session?.pushBytes(pushes.reliable.id, text(session.id));
  }

  #kick(): void {
    const node = this.#game.network.pick(this.#game.nodes);
    const session = this.#game.network.pick(node?.sessions() ?? []);
    if (session === undefined) return;
    this.#game.oracle.doubt(`${session.gate}/${session.id}`, "kick");
    session.kick("out", { reconnect: this.#random() < 0.5 });
  }

  /** A token that was never given, from one that was. */
  #forge(): void {
    const [one, other] = [
      this.#game.network.pick(this.#game.oracle.tokens),
      this.#game.network.pick(this.#game.oracle.tokens),
    ];
    if (one === undefined || other === undefined) return;
    const token = Buffer.from(one, "hex");
    const how = this.#game.network.below(5);
    const at = this.#game.network.below(token.length);
    if (how === 0) token[at]! ^= 1 << this.#game.network.below(8);
    else if (how === 1) for (let n = 12; n < token.length; n++) token[n] = this.#game.network.below(256);
    else if (how === 2) for (let n = 0; n < token.length; n++) token[n] = this.#game.network.below(256);
    // The right session with the secret of another one.
    else if (how === 3) Buffer.from(other, "hex").copy(token, 12, 12);
    const forged = how === 4 ? token.subarray(0, at) : token;
    if (this.#game.oracle.tokens.includes(forged.toString("hex"))) return;
    this.#game.counts.forged++;
    this.#thief(new Uint8Array(forged));
  }

  /** A token that was given, and may be void. */
  #replay(): void {
    const token = this.#game.network.pick(this.#game.oracle.tokens);
    if (token !== undefined) this.#thief(new Uint8Array(Buffer.from(token, "hex")));
  }

  #thief(token: Uint8Array): void {
    const { lastPush, answerCount, sequence } = this.#tab().state;
    this.#game.dial(
      this.#game.add(`thief ${this.#game.tabs.length + 1}`, { token, lastPush, answerCount, sequence }),
    );
  }
}
