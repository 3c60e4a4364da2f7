import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { humanLine } from "../../../runtime/process/logs/human-line.ts";
import { LineSplitter, maxLineLength } from "../../../runtime/process/logs/line-splitter.ts";
import { LogOutput } from "../../../runtime/process/logs/log-output.ts";
import { recordOf } from "../../../runtime/process/logs/log-record.ts";

const wall = () => 1000;

describe("lines", () => {
  test("come out whole, however the bytes are cut", () => {
    const bytes = new TextEncoder().encode("älter\r\n\nzwei\nrest");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const lines: string[] = [];
      const splitter = new LineSplitter((line) => lines.push(line));
      splitter.push(bytes.subarray(0, cut));
      splitter.push(bytes.subarray(cut));
      splitter.end();
      expect(lines).toEqual(["älter", "zwei", "rest"]);
    }
  });

  test("without an end are handed over in pieces", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (let n = 0; n < 5; n++) splitter.push(new Uint8Array(maxLineLength / 2 + 1).fill(0x61));
    expect(lines.map((line) => line.length)).toEqual([maxLineLength, maxLineLength]);
  });
});

describe("records", () => {
  test("a line of pino stays, under the name of its process", () => {
    const line = '{"level":50,"time":7,"name":"other","msg":"lost","gate":"gate-1"}';
    expect(recordOf("scene-1", "stdout", line, wall)).toEqual({
      level: 50,
      time: 7,
      name: "scene-1",
      msg: "lost",
      gate: "gate-1",
    });
  });

  test.each(['{"broken', '{"level":"x"}', "[]", "plain"])("%j becomes one", (line) => {
    const record = { time: 1000, name: "scene-1", msg: line };
    expect(recordOf("scene-1", "stdout", line, wall)).toEqual({ ...record, level: 30, stream: "stdout" });
    expect(recordOf("scene-1", "stderr", line, wall)).toEqual({ ...record, level: 40, stream: "stderr" });
  });

  test("a person sees time, level, process, message and details, and no control characters", () => {
    const record = {
      level: 40,
      time: 0,
      name: "gate",
      msg: "re\u001b[2Jfused",
      port: 70,
      why: "a b\u0007",
      pid: 1,
    };
    expect(humanLine(record, false)).toMatch(
      /^\d\d:\d\d:\d\d\.000 WARN {2}gate {7}re\\x1b\[2Jfused {2}port=70 why="a b\\u0007"$/,
    );
  });
});

describe("the log output", () => {
  test("appends to its file, which the user alone can read, and never truncates it", () => {
    const folder = mkdtempSync(join(tmpdir(), "photinus-log-"));
    const file = join(folder, "deeper", "game.log");
    try {
      for (const msg of ["first", "second"]) {
        const logOutput = new LogOutput({ form: "human", colours: false, file, print: () => {} });
        logOutput.logger("test", "info").info({ n: 1 }, msg);
        logOutput.close();
      }
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["first", "second"]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("what still comes after the end is printed, and harms nothing; so does a file that takes no more", () => {
    const folder = mkdtempSync(join(tmpdir(), "photinus-log-"));
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    try {
      const logOutput = new LogOutput({
        form: "json",
        colours: false,
        file: join(folder, "game.log"),
        print,
      });
      logOutput.close();
      logOutput.close();
      logOutput.logger("test", "info").info({}, "late");
      expect(printed.join("")).toContain("late");
      const full = new LogOutput({ form: "json", colours: false, file: "/dev/full", print });
      for (const msg of ["one", "two"]) full.logger("test", "info").info({}, msg);
      full.close();
      expect(printed.filter((line) => line.includes("log file write failed"))).toHaveLength(1);
      expect(printed.join("")).toContain("two");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a file that cannot be opened is refused with a reason", () => {
    const folder = mkdtempSync(join(tmpdir(), "photinus-log-"));
    try {
      writeFileSync(join(folder, "a"), "");
      const open = () =>
        new LogOutput({ form: "json", colours: false, file: join(folder, "a", "b.log"), print: () => {} });
      expect(open).toThrow(
        /^FAILED_PRECONDITION: cannot open the log file: .*; set another path as log.file$/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
