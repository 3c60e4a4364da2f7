import { expect } from "vitest";
import { errorText } from "../../../runtime/cli/error-text.ts";
import { systemClock } from "../../../runtime/clock/clock.ts";
import { CountedLog } from "../../../runtime/log/counted-log.ts";
import { LogOutput } from "../../../runtime/process/logs/log-output.ts";
import { allOf, marksIn } from "./marks.ts";

/** Collects what a sink shows, and fails with the sink's name when it shows a mark. */
export class Sinks {
  readonly shown = new Map<string, string>();
  readonly #lines: string[] = [];
  readonly #output = new LogOutput({
    form: "json",
    colours: false,
    file: undefined,
    print: (line) => void this.#lines.push(line),
  });
  readonly log = this.#output.logger("test", "debug");

  /** Runs what makes a sink show something. */
  async drive(name: string, work: () => unknown): Promise<void> {
    const from = this.#lines.length;
    let shown = "";
    try {
      const result = await work();
      if (typeof result === "string") shown = result;
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") throw error;
      shown = `${allOf(error)}\n${errorText(error)}`;
      this.log.error({ err: error }, "caught");
      new CountedLog(this.log, systemClock).error({ err: error, call: name }, "handler threw");
    }
    this.shown.set(name, shown + this.#lines.slice(from).join(""));
  }

  get lines(): string {
    return this.#lines.join("");
  }

  check(least: number): void {
    expect(this.shown.size).toBeGreaterThanOrEqual(least);
    for (const [name, text] of this.shown) {
      expect(text, `the sink "${name}" shows nothing`).not.toBe("");
      expect(marksIn(text), `the sink "${name}" shows a marked value:\n${text.slice(0, 4000)}`).toEqual([]);
    }
    expect(marksIn(this.lines)).toEqual([]);
  }
}
