import type { Change } from "../compare/change.ts";
import { Comparison } from "../compare/comparison.ts";
import { withNewPackages } from "../compare/package-changes.ts";
import { findRenamedTypes } from "../compare/renamed-types.ts";
import type { ProtocolModel } from "../model/protocol-model.ts";
import { compareCalls } from "./call-changes.ts";
import { compareEnums } from "./enum-changes.ts";
import { compareErrors } from "./error-changes.ts";
import { compareMessages } from "./message-changes.ts";
import { compareServices } from "./service-changes.ts";

/** Facts that the snapshots do not show. */
export interface Evidence {
  /** Full names of calls that `photinus rename` renamed, former to present. Default none. */
  readonly renamedCalls?: ReadonlyMap<string, string>;
  /** Full names of messages and enums that `photinus rename` renamed, former to present. Default none. */
  readonly renamedTypes?: ReadonlyMap<string, string>;
}

/**
 * Finds all changes between two snapshots of a protocol, each with its classes. Pure: equal snapshots give equal lists, and a
 * snapshot beside itself gives an empty one. Places are those of the new snapshot, as far as it has them.
 */
export function changesBetween(
  before: ProtocolModel,
  after: ProtocolModel,
  { renamedCalls = new Map(), renamedTypes = new Map() }: Evidence = {},
): Change[] {
  const { model, moved } = withNewPackages(before, after);
  const comparison = new Comparison(model, after);
  for (const { path, from, to } of moved) {
    comparison.changes.add("package-changed", {
      subject: to,
      at: [{ at: `${path}:1` }],
      reason: `the package of ${path} was ${from || "empty"} and is ${to || "empty"}`,
      hurts: ["old node", "other SDK"],
    });
  }
  for (const [from, to] of renamedTypes) comparison.rename(from, to);
  findRenamedTypes(comparison);
  compareServices(comparison);
  compareCalls(comparison, renamedCalls);
  compareMessages(comparison);
  compareEnums(comparison);
  compareErrors(comparison);
  return comparison.changes.sorted();
}
