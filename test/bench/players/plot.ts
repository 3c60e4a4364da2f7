import type { Case } from "./measure.ts";
import { nameOf } from "./report.ts";

/** One panel of the plot: a figure of a case over the number of players. */
interface Panel {
  readonly title: string;
  readonly of: (one: Case) => number;
  /** Largest value that is shown; lines leave the panel above it. */
  readonly most?: number;
}

const panels: readonly Panel[] = [
  { title: "p50 of move-to-seen, ms", of: ({ p50Ms }) => p50Ms, most: 200 },
  { title: "p99 of move-to-seen, ms", of: ({ p99Ms }) => p99Ms, most: 200 },
  {
    title: "processor of all server processes, % of a core",
    of: ({ processor }) => 100 * Object.values(processor).reduce((sum, share) => sum + share, 0),
  },
  { title: "kilobytes a second and player", of: ({ bytesPerPlayer }) => bytesPerPlayer / 1_000 },
];
const colors = ["#0b6e4f", "#c8553d", "#28559a", "#8d5a97", "#c99700", "#4a4a4a", "#1b998b", "#e4572e"];
const width = 460;
const height = 260;
const margin = { left: 48, right: 12, top: 30, bottom: 30 };
const legendLine = 18;
/** Numbers on an axis, about. */
const marks = 5;

/** Draws the cases as an SVG of four panels: p50, p99, processor and bytes over the players, a line for each server and tick. */
export function plotOf(cases: readonly Case[]): string {
  const names = [...new Set(cases.map(nameOf))];
  const most = Math.max(...cases.map(({ players }) => players));
  const legendTop = 2 * height + 8;
  const total = legendTop + Math.ceil(names.length / 2) * legendLine + 8;
  const drawn = panels.map((panel, index) => {
    const at = `translate(${(index % 2) * width} ${Math.floor(index / 2) * height})`;
    return `<g transform="${at}">${panelOf(panel, cases, names, most)}</g>`;
  });
  const legend = names.map((name, index) => {
    const x = margin.left + (index % 2) * width;
    const y = legendTop + Math.floor(index / 2) * legendLine;
    const line = `<path d="M${x} ${y + 6}h24" stroke="${colorOf(index)}" stroke-width="2"/>`;
    return `${line}<text x="${x + 30}" y="${y + 10}">${name}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${total}" font-family="sans-serif" font-size="11">`,
    "<title>Players for a core: latency, processor and bytes over the number of players</title>",
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...drawn,
    ...legend,
    "</svg>\n",
  ].join("\n");
}

function panelOf(
  { title, of, most = Infinity }: Panel,
  cases: readonly Case[],
  names: readonly string[],
  mostPlayers: number,
): string {
  const top = Math.min(most, Math.max(...cases.map(of)));
  const step = stepOf(top);
  const end = Math.ceil(top / step) * step;
  const x = (players: number) => margin.left + (players / mostPlayers) * (width - margin.left - margin.right);
  const y = (value: number) => {
    const share = Math.min(value, end) / end;
    return height - margin.bottom - share * (height - margin.top - margin.bottom);
  };
  const parts = [`<text x="${margin.left}" y="18" font-weight="bold">${title}</text>`];
  for (let value = 0; value <= end; value += step) {
    parts.push(`<path d="M${margin.left} ${y(value)}H${width - margin.right}" stroke="#dddddd"/>`);
    parts.push(
      `<text x="${margin.left - 6}" y="${y(value) + 4}" text-anchor="end" fill="#444444">${value}</text>`,
    );
  }
  const across = stepOf(mostPlayers);
  for (let players = 0; players <= mostPlayers; players += across) {
    const at = `x="${x(players)}" y="${height - margin.bottom + 16}"`;
    parts.push(`<text ${at} text-anchor="middle" fill="#444444">${players}</text>`);
  }
  for (const [index, name] of names.entries()) {
    const own = cases.filter((one) => nameOf(one) === name);
    const points = own.map((one) => `${x(one.players).toFixed(1)},${y(of(one)).toFixed(1)}`);
    const color = colorOf(index);
    parts.push(`<polyline points="${points.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const point of points) {
      const [cx, cy] = point.split(",");
      parts.push(`<circle cx="${cx}" cy="${cy}" r="2.5" fill="${color}"/>`);
    }
  }
  return parts.join("\n");
}

function colorOf(index: number): string {
  return colors[index % colors.length]!;
}

/** A round distance between the numbers on an axis. */
function stepOf(most: number): number {
  const rough = most / marks;
  const unit = 10 ** Math.floor(Math.log10(rough));
  return unit * ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10);
}
