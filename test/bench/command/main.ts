/**
 * `npm run bench -- command`: a client's request through a gate to a node and back, all policy on, against what Node can do
 * at best: a raw proxy that only re-frames; or, with `--before REF`, against an earlier version of the project. Each side has three
 * processes of its own, and one side at a time is under load. With `--resume`, sessions that can be resumed are measured against
 * sessions that end with their connection: both at one gate and node, since two processes with the same code differ by more.
 * With `--tls`, a gate whose clients come over TLS is measured against one whose clients come over TCP. With `--cipher`, encrypted
 * connections are measured against plain ones of the same gate.
 */
import type { ChildProcess } from "node:child_process";
import { parseArgs } from "node:util";
import { CertificateFolder } from "../../setup/certificate-folder.ts";
import { here, versionBefore } from "../harness/before.ts";
import { ask, Children } from "../harness/children.ts";
import { type Compared, compareSides, type Side } from "../harness/compare-sides.ts";
import { median } from "../harness/pairs.ts";
import { mediansOf, type Percentiles, percentileNames } from "../harness/percentiles.ts";
import { printCases } from "../harness/result.ts";
import type { LoadRequest, LoadResult } from "./load.ts";
import { type Load, loadNames, loadOf } from "./loads.ts";

const { values } = parseArgs({
  options: {
    /** How long one side is measured in one pair. */
    seconds: { type: "string", default: "0.3" },
    pairs: { type: "string" },
    /** Which loads, separated by commas; cN has N connections with one request each. */
    load: { type: "string", default: loadNames.join(",") },
    /** Measures against this commit of the project instead. Its pairs are 11 unless told. */
    before: { type: "string" },
    /** Measures sessions that can be resumed against sessions that cannot. Its pairs are 11 unless told. */
    resume: { type: "boolean", default: false },
    /** Measures clients over TLS against clients over TCP. Its pairs are 11 unless told. */
    tls: { type: "boolean", default: false },
    /** Measures encrypted connections against plain ones. Its pairs are 11 unless told. */
    cipher: { type: "boolean", default: false },
  },
});
const measureMs = Number(values.seconds) * 1_000;
/** Whether both sides are this project, so that more is better in every row. */
const againstOurselves = values.before !== undefined || values.resume || values.tls || values.cipher;
const pairs = Number(values.pairs ?? (againstOurselves ? 11 : 5));
const chosen = values.load
  .split(",")
  .filter((load) => !(values.resume || values.tls || values.cipher) || loadOf(load)?.over !== "websocket");
if (chosen.some((load) => loadOf(load) === undefined) || !(measureMs > 0) || !(pairs > 0)) {
  console.error(
    `usage: command [--seconds S] [--pairs N] [--load ${loadNames},cN] [--before REF | --resume | --tls | --cipher]`,
  );
  process.exit(1);
}

using children = new Children();

/** Starts a process of the benchmark, of this version of the project or another one. */
function open<T>(name: string, args: readonly (string | number)[] = [], version = here) {
  return children.ready<T>(new URL(`test/bench/command/${name}`, version), ...args);
}

/** Gate and node of a version, and how to put them under load. */
async function openGame(
  version: URL,
  gateArguments: readonly string[] = [],
): Promise<(over: LoadRequest["over"], side?: "game" | "resume" | "cipher") => Promise<Processes>> {
  const gate = await open<{ port: number; links: number; gateKey?: string }>(
    "../game/gate.ts",
    gateArguments,
    version,
  );
  const node = await open("../game/node.ts", [gate.first.links], version);
  return async (over, side = "game") => {
    const { child } =
      over !== "websocket"
        ? await open("load.ts", [side, gate.first.port, gate.first.gateKey ?? ""], version)
        : await open("sides/own-client.ts", ["photinus", gate.first.port], version);
    return [child, gate.child, node.child];
  };
}

/** What our game is measured against: what Node can do, or another framework. */
async function openOthers(): Promise<(over: LoadRequest["over"]) => Promise<Processes>> {
  const node = await open<{ port: number }>("raw-node.ts");
  const proxy = await open<{ port: number }>("raw-proxy.ts", [node.first.port]);
  return async (over) => {
    if (over === "tcp") {
      const { child } = await open("load.ts", ["raw", proxy.first.port]);
      return [child, proxy.child, node.child];
    }
    const server = await open<{ port: number }>("sides/colyseus-server.ts");
    const { child } = await open("sides/own-client.ts", ["colyseus", server.first.port]);
    return [child, server.child];
  };
}

/** The processes of one side, the one that makes the load first. */
type Processes = readonly [ChildProcess, ...ChildProcess[]];

/** Figures of a side besides the rate, of each measurement of a load so far. */
interface Noted {
  readonly repliesInRecord: number[];
  readonly latencyUs: Percentiles[];
}

/** A case of the JSON line. */
interface Row extends Compared {
  /** Replies in one record, of encrypted connections. */
  readonly repliesInRecord?: number;
  /** Times from a request to its reply, of loads with one request in flight on a connection. */
  readonly latencyUs?: { readonly ours: Percentiles; readonly theirs: Percentiles };
}

/** A time is told as a rate where versions are compared, so that more is better in every row. */
function sideOf(processes: Processes, { unit, against: _, ...shape }: Load, noted: Noted): Side {
  return {
    processes,
    run: async () => {
      const request: LoadRequest = { ...shape, warmUpMs: measureMs / 2, measureMs };
      const { calls, perSecond, p50Us, latencyUs, perRecord } = await ask<LoadResult>(processes[0], request);
      if (perRecord !== undefined) noted.repliesInRecord.push(perRecord);
      if (latencyUs !== undefined) noted.latencyUs.push(latencyUs);
      if (unit === "calls/s") return { calls, value: perSecond };
      return { calls, value: againstOurselves ? 1e6 / p50Us : p50Us };
    },
  };
}

const files = new CertificateFolder();
process.on("exit", () => files.remove());
const { certFile, keyFile } = values.tls ? files.certificate("gate") : { certFile: "", keyFile: "" };
const ours = await openGame(here, gateArguments());
const theirs = await openTheirs();

function gateArguments(): readonly string[] {
  if (values.tls) return [certFile, keyFile];
  return values.cipher ? ["cipher"] : [];
}

function openTheirs() {
  if (values.resume || values.cipher) return ours;
  if (values.tls) return openGame(here);
  return values.before === undefined ? openOthers() : openGame(versionBefore(values.before));
}

function baselineName(): string {
  if (values.tls) return "clients over TCP";
  if (values.cipher) return "plain connections";
  return values.before ?? "sessions that cannot be resumed";
}

function newNoted(): Noted {
  return { repliesInRecord: [], latencyUs: [] };
}

function latencyLine({ ours, theirs }: NonNullable<Row["latencyUs"]>): string {
  const times = percentileNames.map((name) => `${name} ${ours[name]} against ${theirs[name]} us`);
  return `${" ".repeat(14)} ${times.join(", ")}`;
}

/** Measurements of the pairs; those for nothing came before them. */
function extrasOf(ours: Noted, theirs: Noted): Pick<Row, "repliesInRecord" | "latencyUs"> {
  const [own, other] = [ours.latencyUs.slice(-pairs), theirs.latencyUs.slice(-pairs)];
  return {
    ...(ours.repliesInRecord.length > 0 && {
      repliesInRecord: Number(median(ours.repliesInRecord.slice(-pairs)).toFixed(1)),
    }),
    ...(own.length > 0 &&
      other.length > 0 && { latencyUs: { ours: mediansOf(own), theirs: mediansOf(other) } }),
  };
}

const rows: Row[] = [];
for (const name of chosen) {
  const load = loadOf(name)!;
  const noted: readonly [Noted, Noted] = [newNoted(), newNoted()];
  const first = await ours(load.over, values.cipher ? "cipher" : values.resume ? "resume" : "game");
  const own = values.tls ? ({ ...load, over: "tls" } as const) : load;
  const sides = [sideOf(first, own, noted[0]), sideOf(await theirs(load.over), load, noted[1])] as const;
  const names = againstOurselves
    ? { load: name, unit: "calls/s", baseline: baselineName() }
    : { load: name, unit: load.unit, baseline: load.against };
  const row = await compareSides(names, sides, pairs);
  const extras = extrasOf(...noted);
  if (extras.latencyUs) console.log(latencyLine(extras.latencyUs));
  rows.push({ ...row, ...extras });
}
printCases("command", rows, { pairs });
