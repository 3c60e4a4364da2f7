/** A bound of a ratio. */
export type Demand = { readonly least: number } | { readonly most: number };

/** Ratios that must be reached on two cores, by benchmark and case; a case with two baselines has the name of one behind a slash. */
const demands: Readonly<Record<string, Readonly<Record<string, Demand>>>> = {
  command: {
    p256: { least: 0.5 },
    p64: { least: 0.65 },
    c64: { least: 0.95 },
    seq: { most: 1.1 },
    websocket: { least: 4 },
  },
  push: { "1000 sessions": { least: 0.9 } },
  rpc: {
    "p256/byHand": { least: 0.9 },
    "p64/byHand": { least: 1 },
    "c64/byHand": { least: 0.95 },
    "p64/pinus": { least: 2.5 },
  },
  codec: {
    "small encode": { least: 3 },
    "medium encode": { least: 2.5 },
    "large encode": { least: 2.2 },
    "small decode": { least: 2.5 },
    "medium decode": { least: 1.3 },
    "large decode": { least: 1.4 },
  },
  "decode-chunks": { "1-byte chunks": { most: 40 } },
  "field-write": {
    "20 fields/whole dict on Redis": { least: 1 },
    "200 fields/whole dict on Redis": { least: 5 },
  },
  "row-read": { "20 fields": { least: 1 } },
  create: { "64 in flight, writer off": { least: 2 }, "1 in flight, writer off": { least: 1 } },
  flush: { "100000 changes": { least: 50 } },
  "mass-login": { cold: { most: 2 }, warm: { most: 2 } },
};

/** Returns the demand of a case; undefined for a case without one. */
export function demandOf(bench: string, load: string, baseline: string | null): Demand | undefined {
  const own = demands[bench];
  return own?.[load] ?? own?.[`${load}/${baseline}`];
}

export function isReached(ratio: number, demand: Demand): boolean {
  return "least" in demand ? ratio >= demand.least : ratio <= demand.most;
}

export function demandText(demand: Demand | undefined): string {
  if (demand === undefined) return "";
  return "least" in demand ? `${demand.least}` : `at most ${demand.most}`;
}
