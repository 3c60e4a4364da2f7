import type { Found } from "../compare/change.ts";
import type { Comparison } from "../compare/comparison.ts";
import type { DeclarationModel } from "../model/protocol-model.ts";

/** Finds a changed comment, and a deprecation that was added or withdrawn. */
export function compareDeclarations(
  { changes }: Comparison,
  subject: string,
  before: DeclarationModel,
  after: DeclarationModel,
): void {
  const found = (reason: string): Found => ({ subject, at: [after], reason, hurts: [] });
  if (before.said !== undefined && before.said !== after.said) {
    changes.add(
      "comment-changed",
      found(
        `the comment of ${subject} ${after.said === undefined ? "was removed" : "changed"}; a unit or meaning may differ`,
      ),
    );
  }
  if (!before.deprecated && after.deprecated) changes.add("deprecated", found(`${subject} is deprecated`));
  if (before.deprecated && !after.deprecated)
    changes.add("deprecation-withdrawn", found(`${subject} is not deprecated any more`));
}
