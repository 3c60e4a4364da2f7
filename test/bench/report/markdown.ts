import { demandOf, demandText, isReached } from "./demands.ts";
import type { Row, Run } from "./figures.ts";

/** A column of a table: its title, and where its texts stand. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

export function tableOf(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`.replaceAll(/ {2,}/g, " ");
  const rule = columns.map(({ align = "right" }) => (align === "left" ? "---" : "--:")).join("|");
  return [line(columns.map(({ title }) => title)), `|${rule}|`, ...rows.map(line)].join("\n");
}

/** A number with three digits or so: 0.52, 17.3, 314 k, 1.25 M. */
export function figureText(value: number | null): string {
  if (value === null) return "";
  const [divisor, suffix] = value >= 1e6 ? [1e6, " M"] : value >= 1e4 ? [1e3, " k"] : [1, ""];
  const scaled = value / divisor;
  if (suffix === "" && scaled >= 1_000) return scaled.toLocaleString("en", { maximumFractionDigits: 0 });
  return `${Number(scaled.toPrecision(3))}${suffix}`;
}

export function ratioText(ratio: number): string {
  return `${Number(ratio.toPrecision(3))}`;
}

const columns: readonly Column[] = [
  { title: "benchmark", align: "left" },
  { title: "baseline", align: "left" },
  { title: "unit", align: "left" },
  { title: "ours" },
  { title: "baseline" },
  { title: "ratio" },
  { title: "95 %" },
  { title: "demanded" },
  { title: "processor a call, ours / baseline" },
];

/** A table with a row for each case of some runs. A ratio in bold does not reach what is demanded. */
export function casesTable(runs: readonly Run[]): string {
  const rows = runs.flatMap(({ bench, result }) =>
    (result.cases as readonly Row[]).map((row) => cellsOf(bench, row)),
  );
  return tableOf(columns, rows);
}

function cellsOf(bench: string, row: Row): readonly string[] {
  const { load, unit, ours, baseline, theirs, ratio, interval, processorUs } = row;
  const own = row.demand;
  const demand = demandOf(bench, load, baseline);
  const text = ratio === null ? "" : ratioText(ratio);
  const reached = row.reached ?? (ratio === null || demand === undefined || isReached(ratio, demand));
  return [
    `\`${bench}\` ${load}`,
    baseline ?? "",
    unit,
    figureText(ours),
    figureText(theirs),
    reached ? text : `**${text}**`,
    interval === undefined ? "" : interval.map(ratioText).join(" - "),
    own === undefined ? demandText(demand) : `${own.what} at most ${Number(own.most.toFixed(2))}`,
    processorUs === undefined ? "" : `${costText(processorUs.ours)} / ${costText(processorUs.theirs)} us`,
  ];
}

function costText(cost: number | readonly number[]): string {
  return [cost]
    .flat()
    .map((us) => Number((us as number).toPrecision(3)))
    .join(" + ");
}
