import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { LineSplitter } from "../logs/line-splitter.ts";
import { type LogRecord, recordOf } from "../logs/log-record.ts";
import type { LogLevel } from "../topology/topology.ts";
import type { Launch } from "./launch.ts";
import { asReport } from "./supervisor-messages.ts";

/** Options of {@link spawnProcesses}. */
export interface SpawnOptions {
  /** Path of the topology file, which each process reads. */
  readonly config: string;
  /** Lowest log level of the processes. */
  readonly logLevel: LogLevel;
  /** Receives the log records and all other output of the processes. */
  readonly onRecord: (record: LogRecord) => void;
  /** Module that each process runs. Default: `runtime/process/child/main`. */
  readonly entry?: URL;
}

/** How long to wait for the last report of an ended process, in ms. */
const lastReportMs = 500;

/** Whether this file runs as TypeScript from a checkout, not from the built package. */
const fromSource = import.meta.url.endsWith(".ts");

/**
 * Makes a {@link Launch} that starts gates and nodes as Node.js processes with an IPC channel, without a shell. Their output
 * becomes log records.
 */
export function spawnProcesses(options: SpawnOptions): Launch {
  const entry = options.entry ?? new URL(`../child/main.${fromSource ? "ts" : "js"}`, import.meta.url);
  const args = (name: string) => [
    ...childFlags(process.execArgv),
    fileURLToPath(entry),
    options.config,
    name,
    options.logLevel,
  ];
  return (target, events) => {
    const child = spawn(process.execPath, args(target.name), { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of ["stdout", "stderr"] as const) {
      const splitter = new LineSplitter((line) => {
        options.onRecord(recordOf(target.name, stream, line, Date.now));
      });
      child[stream]?.on("data", (chunk: Uint8Array) => splitter.push(chunk));
      child[stream]?.on("close", () => splitter.end());
    }
    let ended = false;
    const end = (code: number | null, how: string) => {
      if (ended) return;
      ended = true;
      events.onExit(code, how);
    };
    child.on("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      // The last report may still be in the channel: Node.js delivers messages and the exit event independently.
      if (!child.connected) return end(code, how);
      child.once("disconnect", () => end(code, how));
      setTimeout(() => end(code, how), lastReportMs);
    });
    child.on("error", (error) => {
      // A failed send emits this event too; only a process without a pid was never started.
      if (child.pid === undefined) end(null, error.message);
    });
    child.on("message", (message) => {
      const report = asReport(message);
      if (report !== undefined) events.onReport(report);
    });
    return {
      pid: child.pid ?? 0,
      send: (order) => {
        if (child.connected) child.send(order, () => {});
      },
      kill: (signal) => void child.kill(signal),
    };
  };
}

/**
 * Returns the Node.js flags of child processes: the flags of this process without the debugger's. In a checkout, adds the
 * import condition of the sources.
 */
export function childFlags(own: readonly string[]): string[] {
  const flags = own.filter((flag) => !/^--(inspect|debug)/.test(flag));
  const conditioned = flags.some((flag) => flag.includes("photinus-source"));
  return fromSource && !conditioned ? [...flags, "--conditions=photinus-source"] : flags;
}
