import { fail } from "../../../schema/errors.ts";
import type { ProcessStatus } from "../supervisor/status-report.ts";

/**
 * Checks a new least release of clients against the gates that run. Throws FAILED_PRECONDITION when no gate runs here, or when the
 * number is above the release of a gate, which then would refuse every client.
 */
export function checkMinRelease(minRelease: number, processes: readonly ProcessStatus[]): void {
  const gates = processes.filter(({ kind }) => kind === "gate");
  if (gates.length === 0) {
    throw fail("FAILED_PRECONDITION", "no gate runs in this process; give --only the name of a gate");
  }
  for (const { name, gate } of gates) {
    const release = Number(gate?.["release"] ?? 0);
    if (release === 0 || minRelease <= release) continue;
    throw fail(
      "FAILED_PRECONDITION",
      `the gate ${name} has release ${release} and would refuse every client; expected a minimum of at most ${release}`,
    );
  }
}
