import { fail } from "../../../schema/errors.ts";
import type { Clock } from "../../clock/clock.ts";
import type { ResolvedProcess } from "../topology/resolved-topology.ts";
import type { Child, ChildEvents, Launch } from "./launch.ts";
import type { Report } from "./supervisor-messages.ts";

/** How long a new process may take to load its module, in ms. */
const loadMs = 60_000;

/** New process of a gate or node, which loads its module while the process that it is to replace still runs. */
export class Successor {
  /**
   * Resolves once the module is loaded. Rejects with FAILED_PRECONDITION when the process cannot load it or ends, and with
   * DEADLINE_EXCEEDED after 60 s.
   */
  readonly loaded: Promise<void>;
  readonly #name: string;
  readonly #process: Child;
  readonly #load = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #alive = true;
  #unable: string | undefined;
  #events: ChildEvents | undefined;

  constructor(
    target: ResolvedProcess,
    { launch, clock }: { readonly launch: Launch; readonly clock: Clock },
  ) {
    this.#name = target.name;
    const timer = clock.after(loadMs, () => {
      const text = `its module has not finished loading after ${loadMs} ms`;
      this.#load.reject(fail("DEADLINE_EXCEEDED", this.#refusal(text)));
    });
    this.loaded = this.#load.promise.finally(() => timer.cancel());
    this.#process = launch(target, {
      onReport: (report) => this.#onReport(report),
      onExit: (code, how) => this.#onExit(code, how),
    });
    this.#process.send({ photinus: "load" });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Hands the process over to its new owner, which gets all further events. */
  adopt(events: ChildEvents): Child {
    this.#events = events;
    return this.#process;
  }

  /** Kills the process, which has opened nothing that it would have to finish. Resolves once it is gone. */
  kill(): Promise<void> {
    if (this.#alive) this.#process.kill("SIGKILL");
    return this.#gone.promise;
  }

  #onReport(report: Report): void {
    if (this.#events !== undefined) this.#events.onReport(report);
    else if (report.photinus === "loaded") this.#load.resolve();
    else if (report.photinus === "unable") this.#unable = report.reason;
  }

  #onExit(code: number | null, how: string): void {
    this.#alive = false;
    this.#gone.resolve();
    this.#load.reject(fail("FAILED_PRECONDITION", this.#refusal(this.#unable ?? how)));
    this.#events?.onExit(code, how);
  }

  #refusal(reason: string): string {
    return `${this.#name} was not replaced, and its old process continues: the new process cannot start: ${reason}`;
  }
}
