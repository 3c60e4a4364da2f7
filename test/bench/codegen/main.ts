/**
 * `npm run bench -- codegen`: how long the generator takes for schemas of 10, 100 and 1,000 services with five commands each: the first
 * run, another one when nothing has changed, and `--check`; how long `tsc` takes for what it has written; and for the largest schema, while
 * it watches, from the moment that a file is saved until all is written. Each run but those of the watch is a process of its own, its start
 * included. Instead of another program there are the times that are demanded for 1,000 services. How long the main thread waited for a
 * processor is said besides: without other programs there would be next to none of it.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Children, next } from "../harness/children.ts";
import { mustBe } from "../harness/must-be.ts";
import { type Case, type Headline, printCases } from "../harness/result.ts";
import { fileName, writeSchema } from "./schema.ts";
import type { Run } from "./side.ts";
import { typeCheck } from "./type-check.ts";

const { values } = parseArgs({
  options: {
    /** Numbers of services; each is a schema of its own. */
    services: { type: "string", default: "1000,100,10" },
    /** How often a file is changed while it is watched. */
    edits: { type: "string", default: "7" },
  },
});
const sizes = values.services.split(",").map(Number);
const edits = Number(values.edits);
if (!sizes.every((services) => services >= 1) || !(edits >= 1)) {
  console.error("usage: codegen [--services N,N] [--edits N]");
  process.exit(1);
}

/** Seconds of processor that are demanded for 1,000 services, at most. */
const demanded: Readonly<Record<string, number>> = { first: 15, unchanged: 3, check: 3 };
const demandedServices = 1_000;

interface Row extends Case, Headline {
  readonly services: number;
  readonly step: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  /** Part of the seconds. */
  readonly waitedSeconds: number;
  /** Largest memory of the process; of `tsc` what it says that it used. */
  readonly peakMiB: number;
}

const side = new URL("side.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "photinus-bench-codegen-"));
using children = new Children();
const rows: Row[] = [];

function add(services: number, step: string, seconds: number, run: Omit<Run, "sound" | "lines">): void {
  const { processorMs, waitedMs, peakMiB } = run;
  const theirs = services === demandedServices ? (demanded[step] ?? null) : null;
  const ours = rounded(processorMs / 1_000);
  rows.push({
    load: `${services} services, ${step}`,
    unit: "s of processor",
    ours,
    baseline: theirs === null ? null : "what is demanded, at most",
    theirs,
    ratio: theirs === null ? null : rounded(ours / theirs),
    services,
    step,
    seconds: rounded(seconds),
    processorSeconds: ours,
    waitedSeconds: rounded(waitedMs / 1_000),
    peakMiB: Math.round(peakMiB),
  });
  console.log(
    `${`${services} ${step}`.padEnd(16)} ${seconds.toFixed(2)} s, ${(waitedMs / 1_000).toFixed(2)} of them waiting for a processor; ` +
      `processor ${ours.toFixed(2)} s, at most ${peakMiB.toFixed(0)} MiB`,
  );
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

/** A schema, and what is generated from it. */
interface Places {
  readonly services: number;
  readonly schema: string;
  readonly out: string;
}

/** Runs the generator once. Its last line tells how many files it has written. */
async function measure(
  step: string,
  mode: "run" | "check",
  { services, schema, out }: Places,
): Promise<string> {
  const began = performance.now();
  const child = children.start(side, mode, schema, out);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const run = await next<Run>(child);
  await ended;
  if (!run.sound) throw new Error(run.lines.join("\n"));
  add(services, step, (performance.now() - began) / 1_000, run);
  return run.lines.join("\n");
}

/** Saves a file again and again, each time with another name of a field; the median of all is what counts. */
async function watch({ services, schema, out }: Places): Promise<void> {
  const child = children.start(side, "watch", schema, out);
  let run = await next<Run>(child);
  while (!run.lines.some((line) => line.startsWith("watching"))) run = await next<Run>(child);
  const file = join(schema, fileName(0));
  const written = join(out, "server", fileName(0).replace(".proto", ".messages.ts"));
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
    if (!readFileSync(written, "utf8").includes(`areaId_${edit}`))
      throw new Error(`${written} does not have the new name of a field`);
  }
  child.disconnect();
  add(services, "watch-edit", median(seconds), {
    ...run,
    processorMs: median(processor),
    waitedMs: median(waited),
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Number of generated modules of services for servers: one for each service. */
function serviceModules(out: string): number {
  const names = existsSync(out) ? readdirSync(join(out, "server"), { recursive: true }) : [];
  return names.filter((name) => String(name).endsWith(".service.ts")).length;
}

/** All steps for a schema of one size. */
async function measureSize(services: number, isLargest: boolean): Promise<object> {
  const place = join(folder, String(services));
  const places = { services, schema: join(place, "schema"), out: join(place, "generated") };
  const size = writeSchema(places.schema, services);
  console.log(
    `${size.files} files, ${size.services} services, ${size.commands} commands, ${size.messages} messages`,
  );
  await measure("first", "run", places);
  mustBe("the number of generated services", serviceModules(places.out), services);
  const again = await measure("unchanged", "run", places);
  if (!again.endsWith(" all up to date")) throw new Error(`a run without changes says: ${again}`);
  await measure("check", "check", places);
  const { seconds, ...checked } = await typeCheck(place, "generated");
  add(services, "tsc", seconds, checked);
  if (isLargest) await watch(places);
  return size;
}

try {
  const measured = [];
  for (const services of sizes) measured.push(await measureSize(services, services === Math.max(...sizes)));
  printCases("codegen", rows, { sizes: measured, edits });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
