import { FakeClock } from "../../../../runtime/clock/fake-clock.ts";
import type { LoginPolicy } from "../../../../runtime/gate/peers/peer-options.ts";
import type { GateSession } from "../../../../runtime/gate/session/gate-session.ts";
import { isPhotinusError } from "../../../../schema/errors.ts";
import { SimGate } from "./sim-gate.ts";
import { Chance, SimNetwork } from "./sim-network.ts";

/** A bind and how it ended. */
interface Attempt {
  readonly gate: SimGate;
  readonly session: GateSession;
  /** "bound", or the code of the error; undefined while it is under way. */
  outcome: string | undefined;
}

const users = [7n, 8n, 9n] as const;
/** Deadline of a bind, in ms. */
const bindMs = 5_000;
const stepCount = 150;

/** One seeded run: gates that bind sessions to few users, over links that delay, break and come back. */
export class BindsRun {
  readonly policy: Required<LoginPolicy>;
  readonly attempts: Attempt[] = [];
  readonly #chance: Chance;
  readonly #clock = new FakeClock();
  readonly #network: SimNetwork;
  readonly #all: readonly string[];
  readonly #gates = new Map<string, SimGate>();
  /** List of gates that each gate gets sooner or later. */
  #listed: readonly string[];

  constructor(seed: number) {
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#network = new SimNetwork(chance);
    this.#all = ["gate-1", "gate-2", "gate-3"].slice(0, 2 + chance.below(2));
    this.#listed = this.#all;
    this.policy = { count: chance.once(3) ? 2 : 1, beyond: chance.once(4) ? "refuse" : "replace" };
    for (const name of this.#all) this.#start(name);
  }

  /** Runs with faults, then without until nothing is under way any more. */
  async run(): Promise<void> {
    for (let step = 0; step < stepCount; step++) {
      this.#step();
      await turn();
    }
    this.#listed = this.#all;
    for (const gate of this.#living()) if (gate.isStopping) this.#restart(gate);
    for (const gate of this.#living()) gate.list(this.#all);
    await this.settle();
  }

  /** Delivers everything, links all gates, and lets all times pass. */
  async settle(): Promise<void> {
    const until = this.#clock.now() + 30_000;
    for (;;) {
      await turn();
      if (this.#network.deliver()) continue;
      if (this.#dial()) continue;
      if (this.#clock.now() >= until && this.#living().every(({ isLinked }) => isLinked)) return;
      if (this.#clock.now() > until + 60_000) throw new Error("the gates do not link again");
      this.#clock.advance(250);
    }
  }

  /** Restarts a gate, or takes one out of the list and ends it, while nothing else is under way. */
  disturb(): void {
    const last = this.#living().at(-1)!;
    if (this.#living().length < 3 || this.#chance.once(2)) {
      this.#restart();
      return;
    }
    last.kill();
    this.#gates.delete(last.name);
    this.#listed = this.#living().map(({ name }) => name);
    for (const link of last.links) link.cut();
    for (const gate of this.#living()) {
      for (const link of gate.links) if (link.to === last) link.cut();
      gate.list(this.#listed);
    }
  }

  /** Starts a bind of a new session at a random gate. */
  login(userId: bigint): Attempt {
    const gate = this.#chance.of(this.#living());
    return this.#bind(gate, gate.open(), userId);
  }

  /** Returns the sessions that are bound to a user, at all gates. */
  sessionsOf(userId: bigint): GateSession[] {
    return this.#living().flatMap(({ sessions }) => {
      return [...sessions.all()].filter((session) => session.generation > 0 && session.userId === userId);
    });
  }

  get users(): readonly bigint[] {
    return users;
  }

  /** Number of users that the owners know. */
  get ownedCount(): number {
    return this.#living().reduce((sum, { binds }) => sum + binds.owned.size, 0);
  }

  /** Ends all gates. Returns the number of timers that are left. */
  stop(): number {
    for (const gate of this.#living()) gate.kill();
    return this.#clock.timerCount;
  }

  #step(): void {
    const chance = this.#chance;
    const dice = chance.below(100);
    if (dice < 55) this.#network.deliver();
    else if (dice < 66) this.#dial();
    else if (dice < 80) this.#attempt();
    else if (dice < 85) this.#endOne();
    else if (dice < 90) this.#cutOne();
    else if (dice < 92) this.#restart();
    else if (dice < 94) this.#changeList();
    else if (dice < 96) this.#moveOne();
    else this.#clock.advance(chance.once(8) ? 12_000 : 1 + chance.below(2_000));
  }

  #attempt(): void {
    const { name } = this.#chance.of(this.#living());
    const gate = this.#gates.get(name)!;
    const sessions = [...gate.sessions.all()];
    const session = sessions.length > 0 && this.#chance.once(4) ? this.#chance.of(sessions) : gate.open();
    // Most binds are of one user, so that they meet.
    this.#bind(gate, session, this.#chance.once(4) ? this.#chance.of(users) : users[0]);
  }

  #bind(gate: SimGate, session: GateSession, userId: bigint): Attempt {
    const attempt: Attempt = { gate, session, outcome: undefined };
    this.attempts.push(attempt);
    gate.binds.bind(session, userId, bindMs).then(
      () => {
        attempt.outcome = "bound";
      },
      (error: unknown) => {
        attempt.outcome = isPhotinusError(error) ? error.code : String(error);
      },
    );
    return attempt;
  }

  #endOne(): void {
    // Half of them while a bind is under way.
    const open = this.attempts.filter(({ outcome }) => outcome === undefined);
    const { gate, session } =
      this.#chance.of(open.length > 0 && this.#chance.once(2) ? open : this.attempts) ?? {};
    if (session !== undefined) gate?.end(session);
  }

  #moveOne(): void {
    const from = this.#chance.of(this.#living());
    const to = this.#chance.of(this.#living());
    const sessions = [...from.sessions.all()].filter((session) => !from.isMoving(session));
    if (to !== from && sessions.length > 0) from.move(this.#chance.of(sessions), to);
  }

  #cutOne(): void {
    const links = this.#living().flatMap((gate) => [...gate.links]);
    if (links.length > 0) this.#chance.of(links).cut();
  }

  /** Kills a gate and starts it again; the others notice it later. */
  #restart(former = this.#chance.of(this.#living())): void {
    for (const gate of this.#living()) {
      for (const link of gate.links) if (link.from === former || link.to === former) link.cut();
    }
    former.kill();
    this.#start(former.name);
  }

  /** Another list of gates, or the next gate that hears of it. */
  #changeList(): void {
    if (this.#chance.once(2)) this.#listed = this.#chance.once(2) ? this.#all : this.#all.slice(0, -1);
    const gate = this.#chance.of(this.#living());
    if (this.#listed.includes(gate.name)) gate.list(this.#listed);
  }

  /** Dials one link that is down. Returns false when there is none. */
  #dial(): boolean {
    const pairs = this.#living().flatMap((from) => {
      return from.undialled.map((name) => ({ from, to: this.#gates.get(name) }));
    });
    if (pairs.length === 0) return false;
    const { from, to } = this.#chance.of(pairs);
    if (to !== undefined) from.dial(to);
    return true;
  }

  #start(name: string): void {
    const gate = new SimGate(name, this.#clock, this.#network, this.policy);
    this.#gates.set(name, gate);
    gate.list(this.#listed);
  }

  #living(): SimGate[] {
    return [...this.#gates.values()];
  }
}

/** Lets all promises that are settled run their handlers. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
