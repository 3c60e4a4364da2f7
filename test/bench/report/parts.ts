import { benchmarks } from "../suite/benchmarks.ts";
import {
  codegenBlock,
  compressionBlock,
  floodBlock,
  latencyBlock,
  machineBlock,
  playersBlock,
  throughputBlock,
} from "./blocks.ts";
import type { Figures, Run } from "./figures.ts";
import { casesTable } from "./markdown.ts";
import { latencyPlot, playersPlot, throughputPlot } from "./plots.ts";

/** Run of a benchmark for a part. */
export interface Order {
  readonly bench: string;
  readonly args: string;
}

/** A generated part of docs/PERFORMANCE.md. */
export interface Part {
  /** Runs by name, which is that of the benchmark unless the part has arguments of its own. */
  readonly orders: Readonly<Record<string, Order>>;
  /** The part as Markdown, of the runs that there are; at least one. */
  readonly block: (runs: readonly Run[]) => string;
  /** A plot beside the page. */
  readonly plot?: { readonly file: string; readonly draw: (run: Run) => string };
}

const tables = [
  "field-write",
  "row-read",
  "create",
  "get-many",
  "stream",
  "keys-by",
  "flush",
  "mass-login",
] as const;

function single(block: (run: Run) => string): Part["block"] {
  return ([run]) => block(run!);
}

function ordersOf(names: readonly string[]): Part["orders"] {
  return Object.fromEntries(names.map((bench) => [bench, { bench, args: benchmarks[bench]?.report ?? "" }]));
}

const ownParts: Readonly<Record<string, Part>> = {
  throughput: {
    orders: {
      throughput: { bench: "command", args: "--load c1,c4,c16,c64,c256 --pairs 7 --seconds 0.4" },
    },
    block: single(throughputBlock),
    plot: { file: "throughput.svg", draw: throughputPlot },
  },
  latency: {
    orders: { latency: { bench: "command", args: "--load seq,c64 --pairs 7 --seconds 1" } },
    block: single(latencyBlock),
    plot: { file: "latency.svg", draw: latencyPlot },
  },
  players: {
    orders: ordersOf(["players"]),
    block: single(playersBlock),
    plot: { file: "players.svg", draw: playersPlot },
  },
  connections: { orders: ordersOf(["connections"]), block: casesTable },
  scale: { orders: ordersOf(["scale"]), block: casesTable },
  flood: { orders: ordersOf(["flood"]), block: single(floodBlock) },
  compression: { orders: ordersOf(["compression"]), block: single(compressionBlock) },
  tables: { orders: ordersOf(tables), block: casesTable },
  codegen: { orders: ordersOf(["codegen"]), block: single(codegenBlock) },
};

const own = new Set(Object.values(ownParts).flatMap(({ orders }) => Object.keys(orders)));

/** All parts; `reached` has every benchmark that has no part of its own. */
export const parts: Readonly<Record<string, Part>> = {
  reached: {
    orders: ordersOf(Object.keys(benchmarks).filter((name) => !own.has(name))),
    block: casesTable,
  },
  ...ownParts,
};

/** The runs that names of parts and of runs stand for; of all without names. Throws when a name is unknown. */
export function ordersFor(names: readonly string[]): Map<string, Order> {
  const all = Object.values(parts).flatMap(({ orders }) => Object.entries(orders));
  if (names.length === 0) return new Map(all);
  const known = new Map(all);
  return new Map(
    names.flatMap((name) => {
      const part = parts[name];
      if (part !== undefined) return Object.entries(part.orders);
      const order = known.get(name);
      if (order !== undefined) return [[name, order] as const];
      const expected = [...new Set([...Object.keys(parts), ...known.keys()])].join(", ");
      throw new Error(`the report has no part "${name}"; expected some of ${expected}`);
    }),
  );
}

const machine = "machine";

/** All generated texts of the page, by the name of their place. */
export function blocksOf(figures: Figures): Readonly<Record<string, string>> {
  const blocks = Object.entries(parts).map(([name, { orders, block }]) => {
    const runs = Object.keys(orders).flatMap((run) => figures[run] ?? []);
    const missing = Object.keys(orders).filter((run) => figures[run] === undefined);
    const notes = missing.map((run) => `Not measured yet: \`npm run bench -- --report ${run}\` measures it.`);
    return [name, [...(runs.length > 0 ? [block(runs)] : []), ...notes].join("\n\n")];
  });
  const ordered = [...ordersFor([]).keys()].flatMap((name) => {
    const run = figures[name];
    return run === undefined ? [] : [[name, run] as const];
  });
  return { [machine]: machineBlock(Object.fromEntries(ordered)), ...Object.fromEntries(blocks) };
}
