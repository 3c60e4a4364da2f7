/**
 * `npm run bench -- codegen`: how long the generator takes for a schema of 1,000 services with five commands each: the first
 * run, another one when nothing has changed, `--check`, and while it watches, from the moment that a file is saved until all is
 * written. Each run but those of the watch is a process of its own, its start included. There is no baseline: seconds and MiB. How
 * long the main thread waited for a processor is said besides: without other programs there would be next to none of it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Children, next } from "../harness/children.ts";
import { fileName, writeSchema } from "./schema.ts";
import type { Run } from "./side.ts";

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "1000" },
    /** How often a file is changed while it is watched. */
    edits: { type: "string", default: "7" },
  },
});
const services = Number(values.services);
const edits = Number(values.edits);
if (!(services >= 1) || !(edits >= 1)) {
  console.error("usage: codegen [--services N] [--edits N]");
  process.exit(1);
}

interface Row {
  readonly load: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly waitedSeconds: number;
  readonly peakMiB: number;
}

const side = new URL("side.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "photinus-bench-codegen-"));
const schema = join(folder, "schema");
const out = join(folder, "generated");
using children = new Children();
const rows: Row[] = [];

function add(load: string, seconds: number, { processorMs, waitedMs, peakMiB }: Run): void {
  const row = {
    load,
    seconds,
    processorSeconds: processorMs / 1_000,
    waitedSeconds: waitedMs / 1_000,
    peakMiB,
  };
  rows.push(row);
  const figures = `processor ${row.processorSeconds.toFixed(2)} s, at most ${peakMiB.toFixed(0)} MiB`;
  const waited = `${row.waitedSeconds.toFixed(2)} of them waiting for one`;
  console.log(`${load.padEnd(10)} ${seconds.toFixed(2)} s, ${waited}; ${figures}`);
}

async function measure(load: string, mode: "run" | "check"): Promise<void> {
  const began = performance.now();
  const child = children.start(side, mode, schema, out);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const run = await next<Run>(child);
  await ended;
  if (!run.sound) throw new Error(run.lines.join("\n"));
  add(load, (performance.now() - began) / 1_000, run);
}

/** Saves a file again and again, each time with another name of a field; the median of all is what counts. */
async function watch(): Promise<void> {
  const child = children.start(side, "watch", schema, out);
  let run = await next<Run>(child);
  while (!run.lines.some((line) => line.startsWith("watching"))) run = await next<Run>(child);
  const file = join(schema, fileName(0));
  const seconds: number[] = [];
  const processor: number[] = [];
  const waited: number[] = [];
  for (let edit = 0; edit < edits; edit++) {
    const text = readFileSync(file, "utf8").replace(/ area_id\w* = 1;/, ` area_id_${edit} = 1;`);
    const began = performance.now();
    writeFileSync(file, text);
    const before = run;
    run = await next<Run>(child);
    if (!run.sound || !run.lines.some((line) => line.includes(" written")))
      throw new Error(run.lines.join("\n"));
    seconds.push((performance.now() - began) / 1_000);
    processor.push(run.processorMs - before.processorMs);
    waited.push(run.waitedMs - before.waitedMs);
  }
  add("watch-edit", median(seconds), { ...run, processorMs: median(processor), waitedMs: median(waited) });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  const size = writeSchema(schema, services);
  console.log(
    `${size.files} files, ${size.services} services, ${size.commands} commands, ${size.messages} messages`,
  );
  await measure("first", "run");
  await measure("unchanged", "run");
  await measure("check", "check");
  await watch();
  const [first, unchanged, check, edit] = rows.map(({ seconds }) => Number(seconds.toFixed(3)));
  const peakMiB = Math.round(rows[0]?.peakMiB ?? 0);
  console.log(
    JSON.stringify({
      bench: "codegen",
      unit: "s",
      ...size,
      first,
      unchanged,
      check,
      edit,
      peakMiB,
      edits,
      loads: rows,
    }),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
