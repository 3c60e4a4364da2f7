import type { Change } from "../../../codegen/evolution/compare/change.ts";
import { changesBetween } from "../../../codegen/evolution/diff/changes-between.ts";
import { modelOf } from "../../../codegen/evolution/model/model-of.ts";
import type { ProtocolModel } from "../../../codegen/evolution/model/protocol-model.ts";
import { type ChangeClass, changeClasses } from "../../../codegen/evolution/rules/rule.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { checksOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import type { Schema } from "../../../schema/model.ts";
import type { Pair } from "./pair.ts";

/** Schemas of a pair, with their snapshots. */
export interface LoadedPair {
  readonly before: Schema;
  readonly after: Schema;
  readonly modelBefore: ProtocolModel;
  readonly modelAfter: ProtocolModel;
}

/**
 * Loads both schemas of a pair with all checks of code generation.
 *
 * @throws Error when one of them has an error
 */
export async function loadPair({ name, before, after, errors }: Pair): Promise<LoadedPair> {
  const [one, other] = [await load(name, before), await load(name, after)];
  return {
    before: one,
    after: other,
    modelBefore: modelOf(one, errors?.before),
    modelAfter: modelOf(other, errors?.after),
  };
}

async function load(name: string, files: Readonly<Record<string, string>>): Promise<Schema> {
  const { schema, diagnostics } = await loadSchema({
    root: "/nowhere",
    checks: checksOf(builtInTargets),
    files: Object.keys(files),
    readFile: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  });
  if (schema === undefined) throw new Error(`${name}: ${JSON.stringify(diagnostics, null, 1)}`);
  return schema;
}

/** All changes that the gate finds in a pair. */
export async function changesOf(pair: Pair): Promise<Change[]> {
  const { modelBefore, modelAfter } = await loadPair(pair);
  const renamedCalls = new Map(Object.entries(pair.renamedCalls ?? {}));
  const renamedTypes = new Map(Object.entries(pair.renamedTypes ?? {}));
  return changesBetween(modelBefore, modelAfter, { renamedCalls, renamedTypes });
}

/** A change in the form in which pairs expect it. */
export function textOf({ rule, classes, hurts }: Change): string {
  return `${rule} ${classes.join(" ")}${hurts.length === 0 ? "" : ` | ${hurts.join(", ")}`}`;
}

/** Most severe class that a pair expects: the verdict that playing it must confirm. */
export function verdictOf({ expected }: Pair): ChangeClass {
  const told = new Set(expected.flatMap((text) => text.split(" | ")[0]?.split(" ").slice(1) ?? []));
  return changeClasses.findLast((one) => told.has(one)) ?? "S";
}
