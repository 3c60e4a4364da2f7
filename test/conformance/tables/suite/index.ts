import { changeConformance } from "./changes.ts";
import { indexConformance } from "./indexes.ts";
import { processConformance } from "./processes.ts";
import { rowConformance } from "./rows.ts";
import { valueConformance } from "./values.ts";
import type { MakePlace } from "./world.ts";

/** What every store of tables must do, whatever it is made of. */
export function tableConformance(makePlace: MakePlace): void {
  rowConformance(makePlace);
  changeConformance(makePlace);
  indexConformance(makePlace);
  valueConformance(makePlace);
  processConformance(makePlace);
}
