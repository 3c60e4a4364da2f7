import { type Percentiles, percentileNames } from "../harness/percentiles.ts";
import type { Case, Headline } from "../harness/result.ts";
import type { Case as PlayersCase } from "../players/measure.ts";
import { holds, nameOf } from "../players/report.ts";
import type { Figures, Row, Run } from "./figures.ts";
import { figureText, ratioText, tableOf } from "./markdown.ts";

const left = "left" as const;

/** Machines, versions and dates of all runs. */
export function machineBlock(figures: Figures): string {
  const runs = Object.entries(figures);
  const places = [...new Set(runs.map(([, { where }]) => where))];
  const named = places.map((where, index) => `${places.length > 1 ? `${index + 1}. ` : ""}${where}.`);
  const table = tableOf(
    [
      { title: "run", align: left },
      { title: "arguments", align: left },
      { title: "date", align: left },
      ...(places.length > 1 ? [{ title: "machine" }] : []),
      { title: "load average before, after" },
    ],
    runs.map(([name, { args, date, where, load, note }]) => [
      `\`${name}\``,
      args === "" ? "" : `\`${args}\``,
      date,
      ...(places.length > 1 ? [`${places.indexOf(where) + 1}`] : []),
      [load?.map((average) => average.toFixed(1)).join(", ") ?? "", note ?? ""]
        .filter((text) => text !== "")
        .join("; "),
    ]),
  );
  return `${named.join("\n")}\n\n${table}`;
}

/** A case of `command` with the times from request to reply. */
interface TimedCase extends Row {
  readonly latencyUs?: { readonly ours: Percentiles; readonly theirs: Percentiles };
}

export function throughputBlock({ result }: Run): string {
  const rows = (result.cases as readonly TimedCase[]).map((row) => [
    connectionsOf(row),
    figureText(row.ours),
    figureText(row.theirs),
    row.ratio === null ? "" : ratioText(row.ratio),
  ]);
  const columns = ["connections", "ours, calls a second", "raw proxy, calls a second", "ratio"];
  return tableOf(
    columns.map((title) => ({ title })),
    rows,
  );
}

/** The number of connections of a load `cN`. */
export function connectionsOf({ load }: Case): string {
  return load.replace(/^c/, "");
}

export function latencyBlock({ result }: Run): string {
  const rows = timedCases(result.cases).flatMap(({ load, latencyUs }) =>
    (["ours", "theirs"] as const).map((side) => [
      `\`${load}\`, ${side === "ours" ? "ours" : "raw proxy"}`,
      ...percentileNames.map((name) => `${figureText(latencyUs[side][name])} us`),
    ]),
  );
  return tableOf([{ title: "load", align: left }, ...percentileTitles.map((title) => ({ title }))], rows);
}

export const percentileTitles = ["p50", "p90", "p99", "p99.9"];

/** The cases that have percentiles. */
export function timedCases(cases: readonly Case[]) {
  return (cases as readonly TimedCase[]).flatMap(({ load, latencyUs }) =>
    latencyUs ? { load, latencyUs } : [],
  );
}

const demandedOfFrameworks = 1.5;
const demandedOfCeiling = 0.7;

export function playersBlock({ result }: Run): string {
  const cases = result.cases as unknown as readonly PlayersCase[];
  const names = [...new Set(cases.map(nameOf))];
  const rows = names.flatMap((name) => {
    const best = cases.filter((one) => nameOf(one) === name && holds(one)).at(-1);
    if (best === undefined) return [];
    const processor = Object.values(best.processor).reduce((sum, share) => sum + share, 0);
    return [
      [
        `\`${best.server}\`${best.tickMs > 0 ? `, ${best.tickMs} ms` : ""}`,
        figureText(best.players),
        `${figureText(best.p50Ms)} ms`,
        `${figureText(best.p99Ms)} ms`,
        processor.toFixed(2),
        figureText(best.bytesPerPlayer),
        best.playersPerCore.toLocaleString("en"),
      ],
    ];
  });
  const columns = ["players", "p50", "p99", "processor", "bytes a second and player", "players for a core"];
  const table = tableOf([{ title: "server", align: left }, ...columns.map((title) => ({ title }))], rows);
  const { ratio, ratioCeiling = null } = result as Headline & { readonly ratioCeiling?: number | null };
  return [
    table,
    "",
    `\`ratio\` is ${ratioOf(ratio)} (demanded: ${demandedOfFrameworks}), \`ratioCeiling\` ${ratioOf(ratioCeiling)} (demanded: ${demandedOfCeiling}).`,
  ].join("\n");
}

function ratioOf(ratio: number | null): string {
  return ratio === null ? "not known" : ratioText(ratio);
}

interface FloodCase extends Row {
  readonly throughputRatio: number;
  readonly gateCpu: number;
}

export function floodBlock({ result }: Run): string {
  const rows = (result.cases as readonly FloodCase[]).map(
    ({ load, ours, theirs, ratio, throughputRatio, gateCpu }) => [
      `\`${load}\``,
      `${figureText(theirs)} ms`,
      `${figureText(ours)} ms`,
      ratio === null ? "" : `${ratioText(ratio)}${load === "never-reads" ? ", not judged" : ""}`,
      throughputRatio.toFixed(3),
      gateCpu.toFixed(2),
    ],
  );
  const columns = [
    "p99 without",
    "with",
    "ratio, must be < 5",
    "throughput, must be > 0.9",
    "gate, of a processor",
  ];
  const table = tableOf([{ title: "flood", align: left }, ...columns.map((title) => ({ title }))], rows);
  const { rssGrowthBytes, rssLateBytes } = result as { rssGrowthBytes?: number; rssLateBytes?: number };
  if (rssGrowthBytes === undefined || rssLateBytes === undefined) return table;
  const [growth, late] = [rssGrowthBytes, rssLateBytes].map((bytes) => (bytes / 1e6).toFixed(0));
  return `${table}\n\nDuring \`never-reads\` the gate's memory grew by ${growth} MB (must be: below 200 MB), ${late} MB of it in the second half (must be: below 20 MB).`;
}

interface CompressionCase extends Row {
  readonly share: number;
  readonly compressUs: number;
  readonly expandUs: number;
}

export function compressionBlock({ result }: Run): string {
  const bodies = new Map<string, readonly string[]>();
  for (const { load, share, compressUs, expandUs } of result.cases as readonly CompressionCase[]) {
    const [bytes = "", kind = ""] = load.split(", ");
    const times = [compressUs, expandUs].map((us) => `${figureText(us)} us`);
    bodies.set(`${bytes}, ${kind}`, [bytes, kind, `${Math.round(share * 100)} %`, ...times]);
  }
  const columns = ["bytes left", "compress", "expand"].map((title) => ({ title }));
  return tableOf(
    [{ title: "body", align: left }, { title: "kind", align: left }, ...columns],
    [...bodies.values()],
  );
}

interface CodegenCase extends Row {
  readonly services: number;
  readonly step: string;
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly waitedSeconds: number;
  readonly peakMiB: number;
}

export function codegenBlock({ result }: Run): string {
  const rows = (result.cases as readonly CodegenCase[]).map((row) => [
    figureText(row.services),
    `\`${row.step}\``,
    figureText(row.seconds),
    row.step === "tsc" ? "" : figureText(row.waitedSeconds),
    `${figureText(row.processorSeconds)} s`,
    `${row.peakMiB} MiB`,
    row.theirs === null ? "" : `${row.theirs} s`,
  ]);
  const columns = ["seconds", "of them waiting", "processor", "memory at most", "demanded (processor)"];
  return tableOf(
    [{ title: "services" }, { title: "step", align: left }, ...columns.map((title) => ({ title }))],
    rows,
  );
}
