import { readFileSync } from "node:fs";

/**
 * Processor time that the main threads of these processes have had, in microseconds; undefined where the system does not
 * tell (it is read as Linux writes it). Unlike the clock it leaves out what other programs take.
 */
export function processorUs(children: readonly { readonly pid?: number | undefined }[]): number | undefined {
  try {
    return children.reduce((sum, { pid }) => {
      const [ran] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
      return sum + Number(ran) / 1_000;
    }, 0);
  } catch {
    return undefined;
  }
}
