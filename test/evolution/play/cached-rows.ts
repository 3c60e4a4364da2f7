import { zeroOf } from "../../../runtime/tables/columns/column-default.ts";
import { textOf, valueOfText } from "../../../runtime/tables/redis-mysql/column-text.ts";
import type { Pair } from "../corpus/pair.ts";
import { Comparison } from "./compare.ts";
import { type Findings, failureText, type Party } from "./finding.ts";
import { rowSamples } from "./row-samples.ts";
import { type Place, playedTables } from "./rows.ts";
import type { Sides } from "./sides.ts";
import { endOf } from "./talk.ts";

/** Passes rows in the form of the cache and the journal, texts by field, from nodes of one release to those of the other one. */
export function playCachedRows(pair: Pair, sides: Sides, findings: Findings): void {
  for (const { old, new: next, oldRow, newRow } of playedTables(pair, sides)) {
    if (next === undefined || newRow === undefined) continue;
    const before = { side: sides.old, table: old, message: oldRow };
    const after = { side: sides.new, table: next, message: newRow };
    pass(before, after, "stored rows", findings);
    pass(after, before, "old node", findings);
  }
}

function pass(from: Place, to: Place, party: Party, findings: Findings): void {
  const tell = (what: string) => findings.add(party, `cached row at ${to.side.age} node: ${what}`);
  for (const row of rowSamples(from.side.schema, from.message)) {
    try {
      const values = from.table.valuesOf(from.table.newRow(row));
      const texts = new Map(
        from.table.columns.flatMap(({ field }, at) => {
          const value = values[at];
          return value === null || value === undefined ? [] : [[field, Buffer.from(textOf(value) as string)]];
        }),
      );
      const read = to.table.columns.map((column) => {
        const text = texts.get(column.field);
        return text === undefined ? zeroOf(column) : valueOfText(column.kind, text);
      });
      const compared = new Comparison(endOf(from.side, true), endOf(to.side, true));
      const { fullName } = to.message;
      for (const one of compared.messages(from.message.fullName, row, fullName, to.table.rowOf(read), ""))
        tell(one);
    } catch (error) {
      tell(failureText(error));
    }
  }
}
