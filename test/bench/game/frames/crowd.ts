import { setTimeout as pause } from "node:timers/promises";
import { kind } from "../../../../runtime/wire/session/envelope.ts";
import { ackFrame, byeFrame, envelopeAt, opening, pingFrame } from "./requests.ts";
import { dialFrames, type FrameSocket } from "./socket.ts";

/** Protocol of the connections of a crowd. */
export type Over = "tcp" | "websocket";

export function isOver(text: string): text is Over {
  return text === "tcp" || text === "websocket";
}

/** Time between two signs of life of one client: that of a gate which is not told otherwise. */
const heartbeatMs = 15_000;
const beatEveryMs = 10;
const beatsAtOnce = 16;
/**
 * Addresses that connections come from: one address has 28,000 ports on Linux, some of which still wait for the end of earlier
 * connections. Other systems have only one address of this kind.
 */
const sourceCount = process.platform === "linux" ? 16 : 0;

/** Many clients of one server. */
export class Crowd {
  readonly sockets: FrameSocket[] = [];
  readonly #over: Over;
  readonly #port: number;
  readonly #server: "game" | "bare";
  readonly #canResume: boolean;
  readonly #beat: Uint8Array;
  #dialed = 0;

  /** @param server what answers: a game, or a server that sends back what it gets */
  constructor(over: Over, port: number, server: "game" | "bare", canResume = true) {
    this.#over = over;
    this.#port = port;
    this.#server = server;
    this.#canResume = canResume;
    this.#beat = canResume ? Buffer.concat([pingFrame(), ackFrame(0, 1)]) : pingFrame();
  }

  /** Logs in until there are so many clients; `lanes` logins are under way at a time. */
  async grow(until: number, lanes: number): Promise<void> {
    let begun = this.sockets.length;
    const lane = async () => {
      while (begun < until) {
        begun++;
        this.sockets.push(await this.#login());
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  /**
   * Each client sends a sign of life, as an idle client has done since it received something. A few at a time, so that the server does not
   * need memory for all of the answers at once.
   */
  async beat(): Promise<void> {
    for (const [n, socket] of this.sockets.entries()) {
      socket.write(this.#beat, () => {});
      if (n % beatsAtOnce === 0) await pause(1);
    }
  }

  /** Each client sends a sign of life in time. They are spread evenly. */
  keepAlive(): void {
    let next = 0;
    let owed = 0;
    let last = performance.now();
    const beat = () => {
      const { sockets } = this;
      const now = performance.now();
      owed += ((now - last) * sockets.length) / heartbeatMs;
      last = now;
      for (; owed >= 1; owed--) {
        // The number of clients changes meanwhile.
        if (next >= sockets.length) next = 0;
        sockets[next++]?.write(this.#beat, () => {});
      }
    };
    setInterval(beat, beatEveryMs);
  }

  /** Ends all sessions and connections. */
  async leave(): Promise<void> {
    const isGame = this.#server === "game";
    for (const socket of this.sockets.splice(0)) {
      if (isGame) socket.write(byeFrame(), () => socket.close());
      else socket.close();
    }
  }

  async #login(): Promise<FrameSocket> {
    const user = ++this.#dialed;
    const from = sourceCount > 0 ? `127.0.0.${2 + (user % sourceCount)}` : undefined;
    const socket = await dialFrames(this.#over, this.#port, from);
    const frames = opening(BigInt(user), this.#canResume);
    const isLast = this.#server === "game" ? endsWithReply : (bytes: Buffer) => bytes.length >= frames.length;
    let bytes = Buffer.alloc(0);
    await new Promise<void>((resolve, reject) => {
      socket.onEnd = (why) => reject(new Error(`lost a connection: ${why}`));
      socket.onChunk = (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (!isLast(bytes)) return;
        if (this.#server === "game" && kindOfSecond(bytes) !== kind.reply)
          reject(new Error(`player ${user} was refused`));
        else resolve();
      };
      socket.write(frames, () => {});
    });
    socket.onChunk = ignore;
    socket.onEnd = (why) => {
      if (this.sockets.includes(socket)) throw new Error(`lost a connection: ${why}`);
    };
    return socket;
  }
}

/** Whether Welcome is here, and the answer to the first request. */
function endsWithReply(bytes: Buffer): boolean {
  const second = bytes.length < envelopeAt ? 0 : 13 + bytes.readUInt32BE(9);
  return (
    second > 0 && bytes.length >= second + 13 && bytes.length >= second + 13 + bytes.readUInt32BE(second + 9)
  );
}

/** Kind of the frame behind Welcome. */
function kindOfSecond(bytes: Buffer): number | undefined {
  return bytes[13 + bytes.readUInt32BE(9) + envelopeAt];
}

function ignore(): void {}
