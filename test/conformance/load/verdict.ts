import { type Diagnostic, formatDiagnostic } from "../../../codegen/load/diagnostic.ts";
import { loadSchema } from "../../../codegen/load/load.ts";
import { checksOf } from "../../../codegen/target.ts";
import { builtInTargets } from "../../../codegen/targets.ts";
import type { Schema } from "../../../schema/model.ts";
import { type Compiled, compile, type Files } from "./protoc.ts";
import { shapeOfModel, shapeOfProtos } from "./shapes.ts";

/** What the loader says of a schema. */
export interface Loaded {
  readonly schema: Schema | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const checks = checksOf(builtInTargets);

/** Loads files that exist in memory only. */
export function load(files: Files): Promise<Loaded> {
  return loadSchema({
    root: "/nowhere",
    checks,
    files: Object.keys(files),
    readFile: async (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  });
}

/** Rules that Photinus has and protobuf does not: their codes. All others are protobuf's own rules. */
const ownRules = /^PH(?:002|008|009|028|029|0[4-8]\d)$/;

/** Rules of this release of protoc that later ones do not have, or limits of its own. */
const rulesOfThisRelease = [
  /JSON camel-case name of field/,
  /recursion limit for nested messages/,
  /Value must be number for (?:float|double) option/,
  /Invalid '-' symbol before identifier/,
  /^[^\n]*: Integer out of range\.$/m,
];

/**
 * Where the loader and protoc disagree about a schema, as text; undefined when they agree. What the loader refuses by a
 * rule of Photinus alone is no disagreement.
 */
export async function disagreement(files: Files): Promise<string | undefined> {
  return compare(await load(files), compile(files));
}

export function compare({ schema, diagnostics }: Loaded, theirs: Compiled): string | undefined {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (theirs.accepted) {
    const wrong = errors.find(({ code }) => !ownRules.test(code));
    if (wrong !== undefined) return `protoc accepts it; we refuse it: ${formatDiagnostic(wrong)}`;
    if (schema === undefined) return undefined;
    return differenceOf(schema, theirs);
  }
  if (errors.length > 0 || rulesOfThisRelease.some((rule) => rule.test(theirs.errors))) return undefined;
  const isPassedOver = diagnostics.some(({ code }) => code === "PH014");
  if (isPassedOver && /Option "[\w.]+" unknown/.test(theirs.errors)) return undefined;
  return `we accept it; protoc refuses it: ${theirs.errors}`;
}

function differenceOf(schema: Schema, theirs: Extract<Compiled, { accepted: true }>): string | undefined {
  const generated = new Set(schema.files.map(({ path }) => path));
  const own = shapeOfModel(schema);
  const other = shapeOfProtos(theirs.files, generated);
  const onlyOurs = own.filter((line) => !other.includes(line));
  const onlyTheirs = other.filter((line) => !own.includes(line));
  if (onlyOurs.length + onlyTheirs.length === 0) return undefined;
  return `we read: ${onlyOurs.slice(0, 3).join("; ")}; protoc reads: ${onlyTheirs.slice(0, 3).join("; ")}`;
}
