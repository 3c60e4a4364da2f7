import { here, versionBefore } from "../harness/before.ts";
import { ask, Children } from "../harness/children.ts";
import { compareSides, type Side } from "../harness/compare-sides.ts";
import { printCases } from "../harness/result.ts";
import { type RowName, type RowRequest, type RowResult, rowNames } from "./version.ts";

/** Measures generated code of this version against that of another one, each in a process of its own. Prints the JSON line last. */
export async function compareWithBefore(reference: string, pairs: number, ms: number): Promise<void> {
  using children = new Children();
  const open = async (version: URL): Promise<(row: RowName) => Side> => {
    const { child } = await children.ready(new URL("version.ts", import.meta.url), version.href);
    return (row) => ({
      processes: [child],
      run: async () => {
        const { calls, perSecond } = await ask<RowResult>(child, { row, ms } satisfies RowRequest);
        return { calls, value: perSecond };
      },
    });
  };
  const ours = await open(here);
  const theirs = await open(versionBefore(reference));
  const rows = [];
  for (const row of rowNames) {
    const names = { load: row, unit: "ops/s", baseline: reference };
    rows.push(await compareSides(names, [ours(row), theirs(row)], pairs));
  }
  const isMedium = ({ load }: { readonly load: string }) => load.startsWith("medium");
  const others = rows.filter((row) => !isMedium(row));
  printCases("codec", [...rows.filter(isMedium), ...others], { pairs });
}
