import type { Case } from "./measure.ts";
import { serverKinds } from "./servers.ts";

/** The 99th percentile has to be below. */
export const boundMs = 100;

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
export function holds({ p99Ms, faults }: Case): boolean {
  return p99Ms < boundMs && faults.length === 0;
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

/** The JSON line: ours over TCP against the best framework and against the ceiling. */
export function summaryOf(series: readonly Series[], cases: readonly Case[]) {
  const framework = series.filter(({ server }) => serverKinds[server].is === "framework");
  const ceiling = series.filter(({ server }) => serverKinds[server].is === "ceiling");
  const ours = series.filter(({ server }) => server === "ours-tcp");
  const ratio = least(ours, framework);
  const ratioCeiling = least(ours, ceiling);
  return {
    bench: "players",
    unit: "players for a core",
    ours: ratio?.ours.playersPerCore ?? best(ours)?.playersPerCore ?? null,
    baseline: ratio && nameOf(ratio.theirs),
    theirs: ratio?.theirs.playersPerCore ?? null,
    ratio: ratio?.ratio ?? null,
    ratioCeiling: ratioCeiling?.ratio ?? null,
    ceiling: ratioCeiling?.theirs.playersPerCore ?? null,
    series,
    cases,
  };
}

function best(series: readonly Series[]): Series | undefined {
  return [...series].sort((one, other) => other.playersPerCore - one.playersPerCore)[0];
}

/** The lowest ratio at one tick. A server without a tick is compared at each tick of the others. */
function least(ours: readonly Series[], theirs: readonly Series[]) {
  const ticks = new Set([...ours, ...theirs].map(({ tickMs }) => tickMs));
  const ratios = [...ticks].flatMap((tick) => {
    const at = (all: readonly Series[]) => best(all.filter(({ tickMs }) => tickMs === tick || tickMs === 0));
    const own = at(ours);
    const other = at(theirs);
    if (own === undefined || other === undefined || other.playersPerCore === 0) return [];
    return {
      ours: own,
      theirs: other,
      ratio: Number((own.playersPerCore / other.playersPerCore).toFixed(3)),
    };
  });
  return ratios.sort((one, other) => one.ratio - other.ratio)[0];
}
