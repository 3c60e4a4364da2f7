import { backoffMs } from "../../clock/backoff.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { pause } from "../../clock/pause.ts";
import type { Text } from "../redis-mysql/column-text.ts";
import type { RedisServers } from "./cluster-servers.ts";

/** The driver's class of commands. */
type CommandClass = typeof import("ioredis")["Command"];

/** How long a command is tried again that no server can execute while its slot is moved, milliseconds. */
const patienceMs = 2_000;
const betweenTries = Object.freeze({ minDelayMs: 1, maxDelayMs: 50 });
/** Redirections that are followed without a pause: servers may send it to and fro until they have heard of a move. */
const quickCount = 3;

/** A command that a server of a cluster did not execute. */
export interface Refused {
  readonly name: string;
  readonly args: readonly (Text | number)[];
  /** Until when it is tried while its slot is moved: {@link Redirects.patience}; 0 when that error is to come out at once. */
  readonly until: number;
  /** Sends it to the server that is known to have its slot. */
  again(): Promise<unknown>;
}

/** Sends commands once more that a server of a cluster did not execute. */
export class Redirects {
  readonly servers: RedisServers;
  readonly #Command: CommandClass;
  readonly #clock: Clock;

  constructor(servers: RedisServers, Command: CommandClass, clock: Clock = systemClock) {
    this.servers = servers;
    this.#Command = Command;
    this.#clock = clock;
  }

  /** Rejects with any error that is no redirection, and with the last redirection when the time is over. */
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

  /** Runs `attempt` until what it needs is at one server, or the time is over. */
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

  /** Until when a command that begins now is tried. */
  patience(): number {
    return this.#clock.now() + patienceMs;
  }

  #sendTo({ host, port, isAsk }: Place, { name, args }: Refused): Promise<unknown> {
    if (!isAsk) this.servers.refresh();
    const server = this.servers.at(host, port);
    // ASKING and the command go one after the other on one connection.
    if (isAsk) (server.sendCommand(new this.#Command("asking")) as Promise<unknown>).catch(() => undefined);
    const command = new this.#Command(name.replace(/Buffer$/, ""), [...args], { replyEncoding: null });
    return server.sendCommand(command) as Promise<unknown>;
  }
}

interface Place {
  readonly host: string;
  readonly port: number;
  /** Whether the shard is on its way there, so that it serves only who asks for it. */
  readonly isAsk: boolean;
}

/** Where an error sends a command; undefined when it sends it nowhere. */
function placeIn(error: unknown): Place | undefined {
  const [, word, host, port] = /^(MOVED|ASK) \d+ (.+):(\d+)$/.exec(messageOf(error)) ?? [];
  return word === undefined ? undefined : { host: host!, port: Number(port), isAsk: word === "ASK" };
}

/**
 * Whether a command was refused because a key of it is at another server by now, or is nowhere: the slot is being moved.
 * Functions find out before they write, also of keys that they were not declared with.
 */
export function isMoving(error: unknown): boolean {
  const message = messageOf(error);
  return /^(ASK|TRYAGAIN) |attempted to access a non local key/.test(message);
}

/** What a server said; "" when it was not a server. */
function messageOf(error: unknown): string {
  return error instanceof Error && error.name === "ReplyError" ? error.message : "";
}
