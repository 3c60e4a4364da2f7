import type { Logger } from "../../log/logger.ts";
import { reasonOf } from "../diagnosis/error-reason.ts";
import type { Hosted } from "../hosting/hosted.ts";
import { asOrder, type Report, type StartOrder, unableExitCode } from "../supervisor/supervisor-messages.ts";

export interface ChildPorts {
  /** Opens the gate or node. */
  readonly open: (order: StartOrder) => Promise<{ readonly hosted: Hosted; readonly graceMs: number }>;
  /** Tells the supervisor; `then` is called when it was handed over. */
  readonly report: (report: Report, then?: () => void) => void;
  readonly exit: (code: number) => void;
  readonly memoryBytes: () => number;
  readonly log: Logger;
}

/** How long a process whose supervisor is gone may take to close its connections, in milliseconds. */
const orphanGraceMs = 1000;

/** The life of one supervised gate or node: opens on order, answers questions, closes. */
export class ChildRunner {
  readonly #ports: ChildPorts;
  #hosted: Hosted | undefined;
  #graceMs = 0;
  #started = false;
  #ending = false;

  constructor(ports: ChildPorts) {
    this.#ports = ports;
  }

  onMessage(message: unknown): void {
    const order = asOrder(message);
    if (order === undefined) return;
    if (order.photinus === "start") void this.#start(order);
    else if (order.photinus === "gates") this.#hosted?.moveGates(order.gates);
    else this.#tell(order.key);
  }

  /** Finishes what was begun, then exits with 0. */
  stop(): void {
    this.#end(this.#graceMs);
  }

  /** The supervisor is gone: nobody would restart or stop this process. */
  orphaned(): void {
    if (!this.#ending) this.#ports.log.warn({}, "the supervisor is gone; this process ends");
    this.#end(Math.min(this.#graceMs, orphanGraceMs));
  }

  async #start(order: StartOrder): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    try {
      const { hosted, graceMs } = await this.#ports.open(order);
      this.#hosted = hosted;
      this.#graceMs = graceMs;
      this.#ports.report({ photinus: "ready", ports: hosted.ports });
    } catch (error) {
      const reason = reasonOf(error);
      this.#ports.report({ photinus: "unable", reason }, () => this.#ports.exit(unableExitCode));
    }
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
        this.#ports.log.error({}, `it did not close well: ${reasonOf(error)}`);
        this.#ports.exit(1);
      },
    );
  }
}
