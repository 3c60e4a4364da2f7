import { setTimeout as sleep } from "node:timers/promises";
import type { Gate } from "../../../runtime/gate/gate.ts";
import { ResumingClient } from "./resuming-client.ts";
import { commands } from "./schema.ts";

/**
 * A player that asks without a pause over three lanes of work, sends notifies, loses its connection now and then, and finds its
 * session again at whichever gate has it.
 */
export class Rover {
  readonly name: string;
  readonly client: ResumingClient;
  /** Bodies of the requests that were answered with themselves. */
  readonly answered: string[] = [];
  readonly wrong: string[] = [];
  /** Resolves when a player that was stopped has its session on a connection that stays. */
  settled: Promise<void> = Promise.resolve();
  readonly #gates: readonly Gate[];
  readonly #random: () => number;
  #over = false;

  constructor(name: string, gates: readonly Gate[], random: () => number) {
    this.name = name;
    this.#gates = gates;
    this.#random = random;
    this.client = new ResumingClient(gates[Math.floor(random() * gates.length)]!);
  }

  async enter(): Promise<void> {
    await this.client.connect();
    await this.client.ask(commands.login.id, this.name);
    this.settled = this.#roam();
  }

  /** Asks until it is stopped, three requests at a time. */
  async play(): Promise<void> {
    let number = 0;
    const work = async (): Promise<void> => {
      while (!this.#over) {
        const body = `${this.name} ${number++}`;
        const answer = await this.client.ask(commands.free.id, body);
        (answer === body ? this.answered : this.wrong).push(body);
        if (number % 20 === 0 && this.client.isOpen) this.client.acknowledge();
      }
    };
    await Promise.all([work(), work(), work()]);
  }

  stop(): void {
    this.#over = true;
  }

  /** Follows go-aways, and loses the connection from time to time. */
  async #roam(): Promise<void> {
    while (!this.#over) {
      const { line } = this.client;
      const pause = sleep(100 + this.#random() * 900);
      await Promise.race([line.until(() => line.goAway !== undefined), line.closed, pause]);
      if (this.#over) return;
      const { goAway } = line;
      if (goAway !== undefined && goAway.resumeToken.length > 0) {
        // Some are cut off before they have read it.
        if (this.#random() < 0.8) this.client.token = new Uint8Array(goAway.resumeToken);
      } else if (goAway !== undefined) this.wrong.push("a go-away without a token");
      this.client.cut();
      if (this.#random() < 0.2) await sleep(this.#random() * 600);
      await this.#comeBack(goAway?.address ?? "");
    }
  }

  /** Tries one gate after another, the one of the address first, until one has the session. */
  async #comeBack(address: string): Promise<void> {
    const { client } = this;
    for (let tries = 0; tries < 200; tries++) {
      const gates = [...this.#gates];
      const at = gates.findIndex(
        ({ clientAddress }) => address === `tcp://${clientAddress?.host}:${clientAddress?.port}`,
      );
      const gate = gates[tries === 0 && at >= 0 ? at : Math.floor(this.#random() * gates.length)]!;
      if (gate.clientAddress === undefined) continue;
      client.move(gate);
      try {
        const { resumed, refusal } = await client.resume();
        if (resumed) return;
        // 2: the token is of another gate, whose link is just lost.
        if (refusal !== 2) {
          this.wrong.push(`refused: ${refusal}`);
          return;
        }
      } catch {
        // The gate is closed, or closes.
      }
      await sleep(20);
    }
    this.wrong.push("found no gate with the session");
  }
}
