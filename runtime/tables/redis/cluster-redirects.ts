import { backoffMs } from "../../clock/backoff.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import type { Text } from "../redis-mysql/column-text.ts";
import type { RedisServers } from "./cluster-servers.ts";

/** Command class of the driver. */
type CommandClass = typeof import("ioredis")["Command"];

/** Time for which a command is retried while its slot moves, milliseconds. */
const patienceMs = 2_000;
const betweenTries = Object.freeze({ minDelayMs: 1, maxDelayMs: 50 });
/** Redirections followed without a pause; servers may redirect back and forth until all know of a move. */
const quickCount = 3;

/** Command that a server of a cluster refused to execute. */
export interface Refused {
  /** Driver's method: "evalshaBuffer". */
  readonly name: string;
  readonly args: readonly (Text | number)[];
  /** Deadline of retries while the slot moves: {@link Redirects.patience}; 0: no retries. */
  readonly until: number;
  /** Sends the command to the server that is known to have its slot. */
  again(): Promise<unknown>;
}

/** Follows redirections of commands that a server of a cluster refused. */
export class Redirects {
  readonly servers: RedisServers;
  readonly #Command: CommandClass;
  readonly #clock: Clock;

  constructor(servers: RedisServers, Command: CommandClass, clock: Clock = systemClock) {
    this.servers = servers;
    this.#Command = Command;
    this.#clock = clock;
  }

  /**
   * Resends a refused command. Rejects with any error other than a redirection, and with the last redirection after the
   * deadline.
   */
  async follow(error: unknown, refused: Refused): Promise<unknown> {
    const last = this.patience();
    let latest = error;
    for (let tried = 0; ; tried++) {
      const place = placeIn(latest);
      const isOver = this.#clock.now() > (isMoving(latest) ? Math.min(refused.until, last) : last);
      if (isOver || (place === undefined && !isMoving(latest))) throw latest;
      if (place === undefined || tried >= quickCount)
        await pause(this.#clock, backoffMs(betweenTries, tried));
      try {
        return await (place === undefined ? refused.again() : this.#sendTo(place, refused));
      } catch (next) {
        latest = next;
      }
    }
  }

  /** Retries `attempt` while its keys are on two servers, until the deadline. */
  async whileMoving<T>(attempt: () => Promise<T>, until: number): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isMoving(error) || this.#clock.now() > until) throw error;
      }
      await pause(this.#clock, backoffMs(betweenTries, tried));
    }
  }

  /** Deadline for retries of a command that begins now, by the clock's `now`. */
  patience(): number {
    return this.#clock.now() + patienceMs;
  }

  #sendTo({ host, port, isAsk }: Place, { name, args }: Refused): Promise<unknown> {
    if (!isAsk) this.servers.refresh();
    const server = this.servers.at(host, port);
    // ASKING and the command are adjacent on one connection.
    if (isAsk) (server.sendCommand(new this.#Command("asking")) as Promise<unknown>).catch(() => undefined);
    const command = new this.#Command(name.replace(/Buffer$/, ""), [...args], { replyEncoding: null });
    return server.sendCommand(command) as Promise<unknown>;
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
  /** Whether the slot is still being imported there, so that the command needs ASKING. */
  readonly isAsk: boolean;
}

/** Target of a redirection error; undefined for other errors. */
function placeIn(error: unknown): Place | undefined {
  const [, word, host, port] = /^(MOVED|ASK) \d+ (.+):(\d+)$/.exec(replyTextOf(error)) ?? [];
  return word === undefined ? undefined : { host: host!, port: Number(port), isAsk: word === "ASK" };
}

/**
 * Whether a command was refused because its slot is being moved: a key is on another server, or on none. Scripts detect this
 * before they write, also for keys that they were not declared with.
 */
export function isMoving(error: unknown): boolean {
  const message = replyTextOf(error);
  return /^(ASK|TRYAGAIN) |attempted to access a non local key/.test(message);
}

/** Whether a command was refused because its slot is on another server now. */
export function isMoved(error: unknown): boolean {
  return replyTextOf(error).startsWith("MOVED ");
}

/** Message of a server's error; "" for other errors. */
function replyTextOf(error: unknown): string {
  return error instanceof Error && error.name === "ReplyError" ? error.message : "";
}
