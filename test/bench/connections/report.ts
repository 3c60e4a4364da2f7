/** A figure of ours against that of a baseline. */
export interface Row {
  readonly load: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: string;
  readonly theirs: number;
  readonly ratio: number;
  /** Difference of both. */
  readonly above: number;
  /** Bound that has to be reached. */
  readonly demand?: Demand;
  readonly reached?: boolean;
  /** Ratios of all pairs. */
  readonly ratios?: readonly number[];
}

/** Most that one of the figures of a row may be. */
export interface Demand {
  readonly what: "ours" | "ratio" | "above";
  readonly most: number;
}

export function rowOf(
  name: string,
  unit: string,
  ours: number,
  baseline: string,
  theirs: number,
  demand?: Demand,
): Row {
  const row = {
    load: name,
    unit,
    ours: rounded(ours),
    baseline,
    theirs: rounded(theirs),
    ratio: Number((ours / theirs).toFixed(3)),
    above: rounded(ours - theirs),
  };
  return demand === undefined ? row : { ...row, demand, reached: row[demand.what] <= demand.most };
}

export function lineOf({
  load: name,
  unit,
  ours,
  baseline,
  theirs,
  ratio,
  above,
  demand,
  reached,
}: Row): string {
  const asked = demand && `; ${demand.what} at most ${demand.most}: ${reached ? "reached" : "NOT reached"}`;
  return `${name.padEnd(24)} ${ours} ${unit} against ${theirs} of ${baseline}: ${above} above, ratio ${ratio}${asked ?? ""}`;
}

/** Three digits of a small number, none behind the point of a large one. */
function rounded(value: number): number {
  return Math.abs(value) < 100 ? Number(value.toFixed(3)) : Math.round(value);
}
