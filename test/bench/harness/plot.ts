/** A line of a panel: its points, in the units of the axes. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One panel of a plot. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Largest value that is shown; lines leave the panel above it. */
  readonly most?: number;
  /** Whether the y axis is logarithmic, for values above 0. Default: false. */
  readonly isLog?: boolean;
}

export interface Plot {
  readonly title: string;
  /** Two in a row. All have the same names of lines. */
  readonly panels: readonly Panel[];
  /** Texts at 0, 1, 2 and so on of the x axis. Default: round numbers from 0 to the largest x. */
  readonly labels?: readonly string[];
}

const colors = ["#0b6e4f", "#c8553d", "#28559a", "#8d5a97", "#c99700", "#4a4a4a", "#1b998b", "#e4572e"];
const width = 460;
const height = 260;
const margin = { left: 48, right: 12, top: 30, bottom: 30 };
const legendLine = 18;
/** Numbers on an axis, about. */
const marks = 5;

/** Draws a plot as SVG, with a color for each line. */
export function drawPlot({ title, panels, labels }: Plot): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const across = acrossOf(panels, labels);
  const legendTop = Math.ceil(panels.length / 2) * height + 8;
  const total = legendTop + Math.ceil(names.length / 2) * legendLine + 8;
  const drawn = panels.map((panel, index) => {
    const at = `translate(${(index % 2) * width} ${Math.floor(index / 2) * height})`;
    return `<g transform="${at}">${panelOf(panel, names, across)}</g>`;
  });
  const legend = names.map((name, index) => {
    const x = margin.left + (index % 2) * width;
    const y = legendTop + Math.floor(index / 2) * legendLine;
    const line = `<path d="M${x} ${y + 6}h24" stroke="${colorOf(index)}" stroke-width="2"/>`;
    return `${line}<text x="${x + 30}" y="${y + 10}">${name}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${total}" font-family="sans-serif" font-size="11">`,
    `<title>${title}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...drawn,
    ...legend,
    "</svg>\n",
  ].join("\n");
}

/** The x axis: its length in its unit, and what stands below it. */
interface Across {
  readonly most: number;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
}

function acrossOf(panels: readonly Panel[], labels: readonly string[] | undefined): Across {
  // Room beside the first and the last label.
  if (labels !== undefined)
    return { most: labels.length, marks: labels.map((text, index) => ({ at: index + 0.5, text })) };
  const xs = panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(([x]) => x)));
  const most = Math.max(...xs);
  const step = stepOf(most);
  const count = Math.floor(most / step) + 1;
  return {
    most,
    marks: Array.from({ length: count }, (_, index) => ({ at: index * step, text: `${index * step}` })),
  };
}

/** The y axis: where a value is, as a share of its length, and the numbers beside it. */
interface Up {
  share(value: number): number;
  readonly marks: readonly number[];
}

function upOf({ lines, most = Infinity, isLog = false }: Panel): Up {
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const top = Math.min(most, Math.max(...values));
  if (isLog) {
    const [from, to] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(top))];
    return {
      share: (value) => (Math.log10(Math.min(value, 10 ** to)) - from) / (to - from),
      marks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
    };
  }
  const step = stepOf(top);
  const end = Math.ceil(top / step) * step;
  return {
    share: (value) => Math.min(value, end) / end,
    marks: Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step),
  };
}

function panelOf(panel: Panel, names: readonly string[], across: Across): string {
  const { title, lines } = panel;
  const up = upOf(panel);
  const x = (at: number) => margin.left + (at / across.most) * (width - margin.left - margin.right);
  const y = (value: number) =>
    height - margin.bottom - up.share(value) * (height - margin.top - margin.bottom);
  const parts = [`<text x="${margin.left}" y="18" font-weight="bold">${title}</text>`];
  for (const value of up.marks) {
    parts.push(`<path d="M${margin.left} ${y(value)}H${width - margin.right}" stroke="#dddddd"/>`);
    parts.push(
      `<text x="${margin.left - 6}" y="${y(value) + 4}" text-anchor="end" fill="#444444">${markText(value)}</text>`,
    );
  }
  for (const { at, text } of across.marks) {
    const place = `x="${x(at)}" y="${height - margin.bottom + 16}"`;
    parts.push(`<text ${place} text-anchor="middle" fill="#444444">${text}</text>`);
  }
  for (const { name, points } of lines) {
    const drawn = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    const color = colorOf(names.indexOf(name));
    parts.push(`<polyline points="${drawn.join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const point of drawn) {
      const [cx, cy] = point.split(",");
      parts.push(`<circle cx="${cx}" cy="${cy}" r="2.5" fill="${color}"/>`);
    }
  }
  return parts.join("\n");
}

/** Large numbers would not fit beside the axis. */
function markText(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(6))} M`;
  return value >= 1e5 ? `${Number((value / 1e3).toPrecision(6))} k` : `${Number(value.toPrecision(6))}`;
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
