import type { Logger } from "../../log/logger.ts";
import type { CanaryOptions } from "../../node/canary-options.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import type { Hosted } from "../hosting/hosted.ts";
import { asOrder, type Report, type StartOrder, unableExitCode } from "../supervisor/supervisor-messages.ts";

/** Connections of a {@link ChildRunner} to its process, so that tests can replace them. */
export interface ChildPorts {
  /** Loads the topology and the module of the gate or node, without opening anything. */
  readonly load: () => Promise<void>;
  /** Opens the gate or node. */
  readonly open: (order: StartOrder) => Promise<{ readonly hosted: Hosted; readonly graceMs: number }>;
  /** Sends a report to the supervisor, then calls `then`. */
  readonly report: (report: Report, then?: () => void) => void;
  /** Ends the process with an exit code. */
  readonly exit: (code: number) => void;
  /** Resident memory of the process, in bytes. */
  readonly memoryBytes: () => number;
  readonly log: Logger;
}

/** Longest close of a process whose supervisor is gone, in ms. */
const orphanGraceMs = 1000;

/** Lifecycle of one supervised gate or node: loads and opens on order, reports its status, closes. */
export class ChildRunner {
  readonly #ports: ChildPorts;
  #hosted: Hosted | undefined;
  #graceMs = 0;
  /** Least release of clients of the last order about it. */
  #minRelease: number | undefined;
  /** Keys and users of the last order about a canary. */
  #canary: CanaryOptions | undefined;
  #started = false;
  #ending = false;

  constructor(ports: ChildPorts) {
    this.#ports = ports;
  }

  /** Handles a message of the IPC channel; ignores messages that are not orders. */
  onMessage(message: unknown): void {
    const order = asOrder(message);
    if (order === undefined) return;
    if (order.photinus === "start") void this.#start(order);
    else if (order.photinus === "load") void this.#load();
    else if (order.photinus === "gates") this.#hosted?.moveGates(order.gates);
    else if (order.photinus === "clients") this.#setMinRelease(order.minRelease);
    else if (order.photinus === "canary") this.#setCanary(order.canary);
    else this.#tell(order.key);
  }

  /** Finishes work in flight within the grace time, then exits with code 0. */
  stop(): void {
    this.#end(this.#graceMs);
  }

  /** Ends the process soon after its supervisor: no other process would restart or stop it. */
  orphaned(): void {
    if (!this.#ending) this.#ports.log.warn({}, "supervisor gone; process ending");
    this.#end(Math.min(this.#graceMs, orphanGraceMs));
  }

  async #load(): Promise<void> {
    try {
      await this.#ports.load();
      this.#ports.report({ photinus: "loaded" });
    } catch (error) {
      this.#giveUp(error);
    }
  }

  async #start(order: StartOrder): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    try {
      const { hosted, graceMs } = await this.#ports.open(order);
      this.#hosted = hosted;
      if (this.#minRelease !== undefined) hosted.setMinRelease?.(this.#minRelease);
      if (this.#canary !== undefined) hosted.setCanary?.(this.#canary);
      this.#graceMs = graceMs;
      this.#ports.report({ photinus: "ready", ports: hosted.ports });
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Passes the order on to the gate, also to one that is about to open. */
  #setMinRelease(minRelease: number): void {
    this.#minRelease = minRelease;
    this.#hosted?.setMinRelease?.(minRelease);
  }

  /** Passes the order on to the node, also to one that is about to open. */
  #setCanary(canary: CanaryOptions): void {
    this.#canary = canary;
    this.#hosted?.setCanary?.(canary);
  }

  #giveUp(error: unknown): void {
    const reason = reasonOf(error);
    this.#ports.report({ photinus: "unable", reason }, () => this.#ports.exit(unableExitCode));
  }

  #tell(key: number): void {
    const figures = this.#hosted?.figures() ?? {};
    this.#ports.report({
      photinus: "status",
      key,
      status: { memoryBytes: this.#ports.memoryBytes(), figures },
    });
  }

  #end(graceMs: number): void {
    if (this.#ending) return;
    this.#ending = true;
    const closing = this.#hosted?.close({ graceMs }) ?? Promise.resolve();
    closing.then(
      () => this.#ports.exit(0),
      (error: unknown) => {
        this.#ports.log.error({}, `closing the gate or node failed: ${reasonOf(error)}`);
        this.#ports.exit(1);
      },
    );
  }
}
