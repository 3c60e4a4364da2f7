import type { Case } from "./measure.ts";
import { serverKinds } from "./servers.ts";

const plainBoundMs = 100;
const beyondTickMs = 50;

/**
 * The 99th percentile has to be below: 100 ms. Where moves wait for a tick of 100 ms, its 99th percentile is 99 ms without any load, so
 * it has to be below the tick and 50 ms there.
 */
export function boundMs(tickMs: number): number {
  return Math.max(plainBoundMs, tickMs + beyondTickMs);
}

/** What one server came to at one tick. */
export interface Series {
  readonly server: Case["server"];
  readonly tickMs: number;
  /** Most players whose p99 was below the bound; 0 without any. */
  readonly players: number;
  /** At that number. */
  readonly playersPerCore: number;
  readonly bytesPerPlayer: number;
}

/** A case whose figures count: in time, and nobody missed anything. */
export function holds({ tickMs, p99Ms, faults }: Case): boolean {
  return p99Ms < boundMs(tickMs) && faults.length === 0;
}

export function seriesOf(cases: readonly Case[]): Series {
  const { server, tickMs } = cases[0]!;
  const best = cases.filter(holds).at(-1);
  return {
    server,
    tickMs,
    players: best?.players ?? 0,
    playersPerCore: best?.playersPerCore ?? 0,
    bytesPerPlayer: best?.bytesPerPlayer ?? 0,
  };
}

export function lineOf(one: Case): string {
  const processor = Object.entries(one.processor).map(([name, share]) => `${name} ${percent(share)}`);
  return [
    nameOf(one).padEnd(18),
    `${one.players} players`.padStart(12),
    `  p50 ${one.p50Ms.toFixed(1)} ms, p99 ${one.p99Ms.toFixed(1)} ms; ${processor.join(", ")} of a core;`,
    ` ${one.bytesPerPlayer} bytes/s a player; ${one.playersPerCore} players a core;`,
    ` seen ${percent(one.seenShare)}; load ${percent(one.generatorShare)} of a core`,
    one.generators > 1 ? ` (busiest of ${one.generators})` : "",
    `, late ${one.lateMs} ms`,
    one.faults.length === 0 ? "" : `; WRONG: ${one.faults.join("; ")}`,
  ].join("");
}

export function nameOf({ server, tickMs }: Pick<Case, "server" | "tickMs">): string {
  return tickMs === 0 ? server : `${server} ${tickMs} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Ours over one transport against the best of some others, at one tick. */
interface Comparison {
  readonly ours: string;
  readonly theirs: string;
  readonly playersPerCore: readonly [ours: number, theirs: number];
  readonly ratio: number;
}

/** The figures of the JSON line: ours over TCP against the best framework and against the ceiling, where the ratio is lowest. */
export function summaryOf(series: readonly Series[]) {
  const framework = series.filter(({ server }) => serverKinds[server].is === "framework");
  const ceiling = series.filter(({ server }) => serverKinds[server].is === "ceiling");
  const [tcp, webSocket] = (["ours-tcp", "ours-ws"] as const).map((name) =>
    series.filter(({ server }) => server === name),
  );
  const comparisons = [tcp!, webSocket!].map((ours) => ({
    framework: compare(ours, framework),
    ceiling: compare(ours, ceiling),
  }));
  const worst = lowest(comparisons[0]!.framework);
  const headline = {
    unit: "players for a core",
    ours: worst?.playersPerCore[0] ?? best(tcp!)?.playersPerCore ?? null,
    baseline: worst?.theirs ?? null,
    theirs: worst?.playersPerCore[1] ?? null,
    ratio: worst?.ratio ?? null,
  };
  const more = {
    ratioCeiling: lowest(comparisons[0]!.ceiling)?.ratio ?? null,
    comparisons: comparisons.flatMap(({ framework, ceiling }) => [...framework, ...ceiling]),
    series,
  };
  return { headline, more };
}

function best(series: readonly Series[]): Series | undefined {
  return [...series].sort((one, other) => other.playersPerCore - one.playersPerCore)[0];
}

function lowest(comparisons: readonly Comparison[]): Comparison | undefined {
  return [...comparisons].sort((one, other) => one.ratio - other.ratio)[0];
}

/** One comparison for each tick. A server without a tick is compared at each tick of the others. */
function compare(ours: readonly Series[], theirs: readonly Series[]): readonly Comparison[] {
  const all = [...ours, ...theirs].map(({ tickMs }) => tickMs);
  const ticks = new Set(all.some((tick) => tick > 0) ? all.filter((tick) => tick > 0) : all);
  return [...ticks].flatMap((tick) => {
    const at = (some: readonly Series[]) =>
      best(some.filter(({ tickMs }) => tickMs === tick || tickMs === 0));
    const own = at(ours);
    const other = at(theirs);
    if (own === undefined || other === undefined || other.playersPerCore === 0) return [];
    return {
      ours: nameOf(own),
      theirs: nameOf(other),
      playersPerCore: [own.playersPerCore, other.playersPerCore] as const,
      ratio: Number((own.playersPerCore / other.playersPerCore).toFixed(3)),
    };
  });
}
