import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { fail, isPhotinusError } from "../../../schema/errors.ts";
import { systemClock } from "../../clock/clock.ts";
import { CountedLog } from "../../log/counted-log.ts";
import type { Logger } from "../../log/logger.ts";
import { DescriptorWatch } from "../../transport/descriptor-watch.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import type { Controllable } from "../supervisor/status-report.ts";
import { isAnswered } from "./control-client.ts";
import {
  type ControlAnswer,
  type ControlProgress,
  exchangeTimeoutMs,
  maxRequestBytes,
  readRequest,
} from "./control-exchange.ts";
import { type ControlPlace, prepareDirectory } from "./control-place.ts";

/** Most open connections; a status request takes milliseconds. */
const maxConnections = 16;

/** Answers `photinus status`, `restart`, `clients`, `canary` and `stop` of this user while a topology runs. */
export class ControlServer {
  readonly #place: ControlPlace;
  readonly #token: string;
  readonly #target: Controllable;
  readonly #log: CountedLog;
  readonly #server: Server;
  #descriptors: DescriptorWatch | undefined;

  private constructor(place: ControlPlace, target: Controllable, log: Logger) {
    this.#place = place;
    this.#target = target;
    this.#log = new CountedLog(log, systemClock);
    this.#token = randomBytes(32).toString("hex");
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = maxConnections;
  }

  /**
   * Opens the control socket and writes its token. Throws ALREADY_EXISTS when the topology is already running,
   * FAILED_PRECONDITION when the folder is not private.
   */
  static async open(place: ControlPlace, target: Controllable, log: Logger): Promise<ControlServer> {
    prepareDirectory(place);
    const control = new ControlServer(place, target, log);
    if (!(await control.#listen())) {
      if (await isAnswered(place.socket)) {
        throw fail("ALREADY_EXISTS", "this topology is already running; stop it with: photinus stop");
      }
      // Stale socket file of a killed supervisor.
      rmSync(place.socket, { force: true });
      if (!(await control.#listen()))
        throw fail(
          "ALREADY_EXISTS",
          "another process is already starting this topology; wait for it, then run: photinus status",
        );
    }
    chmodSync(place.socket, 0o600);
    const draft = `${place.token}.${process.pid}`;
    writeFileSync(draft, control.#token, { mode: 0o600 });
    renameSync(draft, place.token);
    return control;
  }

  /** Removes the socket and the token file. */
  async close(): Promise<void> {
    rmSync(this.#place.token, { force: true });
    this.#descriptors?.stop();
    // Closing the server removes the socket's file.
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Starts to listen. Resolves with false when the address is in use. */
  #listen(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => {
        if (error.code === "EADDRINUSE") resolve(false);
        else reject(fail("FAILED_PRECONDITION", `cannot open the control socket: ${error.message}`));
      };
      this.#server.once("error", onError);
      this.#server.listen(this.#place.socket, () => {
        this.#server.removeListener("error", onError);
        this.#descriptors = new DescriptorWatch({ log: this.#log, at: this.#place.socket });
        this.#server.on("error", (error) => {
          this.#log.warn({ err: error }, "control connection not accepted");
        });
        resolve(true);
      });
    });
  }

  #serve(socket: Socket): void {
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(exchangeTimeoutMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) {
        socket.removeAllListeners("data");
        void this.#answer(text.slice(0, end), socket).then((answer) => {
          socket.end(`${JSON.stringify(answer)}\n`);
        });
      } else if (text.length > maxRequestBytes) {
        socket.destroy();
      }
    });
  }

  async #answer(line: string, socket: Socket): Promise<ControlAnswer> {
    const request = readRequest(line);
    if (request === undefined)
      return { ok: false, reason: 'invalid request; expected one line of JSON with "token" and "ask"' };
    if (!sameText(request.token, this.#token)) {
      this.#log.warn({}, "control request with invalid token rejected");
      return { ok: false, reason: "invalid token" };
    }
    if (request.ask === "stop") {
      this.#target.stop().catch((error: unknown) => this.#log.error({ err: error }, "stop failed"));
      return { ok: true };
    }
    if (request.ask === "restart") return this.#restart(request.name, socket);
    if (request.ask === "clients")
      return answerOf(this.#target.setMinRelease(request.minRelease), "the minimum release was not set");
    if (request.ask === "canary")
      return answerOf(this.#target.setCanary(request.change), "the canary was not changed");
    try {
      return { ok: true, status: await this.#target.status() };
    } catch (error) {
      return { ok: false, reason: `status not available: ${reasonOf(error)}` };
    }
  }

  /** Restarts processes, and sends a line for each. A client that leaves ends the restart after the current process. */
  async #restart(name: string | undefined, socket: Socket): Promise<ControlAnswer> {
    socket.setTimeout(0);
    // The end of a client is noticed only while its socket is read.
    socket.resume();
    try {
      for await (const restarted of this.#target.restart({ name })) {
        if (socket.destroyed) break;
        socket.write(`${JSON.stringify({ restarted } satisfies ControlProgress)}\n`);
      }
      return { ok: true };
    } catch (error) {
      return failed(error, "restart failed");
    }
  }
}

/** Returns the answer of a command once its work is done; `what` says of other errors than Photinus' own what was not done. */
function answerOf(work: Promise<void>, what: string): Promise<ControlAnswer> {
  return work.then(
    () => ({ ok: true }),
    (error: unknown) => failed(error, what),
  );
}

/** Returns the answer of a command that has failed with an error. */
function failed(error: unknown, what: string): ControlAnswer {
  if (isPhotinusError(error)) return { ok: false, code: error.code, reason: error.reason };
  return { ok: false, reason: `${what}: ${reasonOf(error)}` };
}

/** Compares two texts in constant time, so that the duration reveals nothing about the token. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
