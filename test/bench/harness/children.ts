import { type ChildProcess, fork } from "node:child_process";

/** Processes of one benchmark run; all end with it. */
export class Children implements Disposable {
  readonly #all: ChildProcess[] = [];

  /** Starts a module of this project with an IPC channel. It must end by itself when that is cut: see `tellParent`. */
  start(module: URL, ...args: (string | number)[]): ChildProcess {
    const child = fork(module, args.map(String), {
      execArgv: ["-C", "photinus-source"],
      execPath: process.execPath,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#all.push(child);
    return child;
  }

  /** Starts one and waits for its first message. */
  async ready<T>(module: URL, ...args: (string | number)[]): Promise<{ child: ChildProcess; first: T }> {
    const child = this.start(module, ...args);
    return { child, first: await next<T>(child) };
  }

  /** Ends all, and waits until they have ended, so that they do not run beside what comes next. */
  async end(): Promise<void> {
    const running = this.#all.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ended = running.map((child) => new Promise((resolve) => child.once("exit", resolve)));
    this[Symbol.dispose]();
    await Promise.all(ended);
    this.#all.length = 0;
  }

  /** A child whose channel is cut ends by itself, and writes its profile if it makes one. */
  [Symbol.dispose](): void {
    for (const child of this.#all) {
      if (child.connected) child.disconnect();
      else child.kill();
    }
  }
}

/** The child's next message; rejects when it ends instead. */
export function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`a process of the benchmark ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message: T) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

/** Sends a request and waits for the answer to it. */
export function ask<T>(child: ChildProcess, question: object | string): Promise<T> {
  const answer = next<T>(child);
  child.send(question);
  return answer;
}

/** In a child: tells the parent something. When the parent is gone, so is this process. */
export function tellParent(message: object): void {
  if (!process.send) throw new Error("this is started by a benchmark, not by hand");
  process.send(message);
}

/** In a child: answers the parent's requests, one after another. */
export function serveParent<Q>(answer: (question: Q) => Promise<object>): void {
  process.once("disconnect", () => process.exit(0));
  process.on("message", async (question: Q) => tellParent(await answer(question)));
}
