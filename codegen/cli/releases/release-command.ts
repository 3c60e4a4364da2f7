import { resolve } from "node:path";
import { messageOf } from "../../../schema/errors.ts";
import { modelOf, withoutPlaces } from "../../evolution/model/model-of.ts";
import type { ProtocolModel } from "../../evolution/model/protocol-model.ts";
import { formatDiagnostic } from "../../load/diagnostic.ts";
import { loadSchema } from "../../load/load.ts";
import { lockPath, lockSchema, lostLock, writeLock } from "../../lock/file.ts";
import { formatLock } from "../../lock/format.ts";
import { type Lock, type LockedRelease, lockFileName, mostReleases } from "../../lock/lock.ts";
import { breakSince, changesSince, lastRelease } from "../../lock/releases/releases.ts";
import { Refusal } from "../../refusal.ts";
import type { Target } from "../../target.ts";
import { builtInTargets } from "../../targets.ts";
import { readManifest } from "../../write/manifest.ts";
import { readIfThere } from "../../write/text.ts";
import { oneSchema } from "../jobs.ts";
import type { Output } from "../output.ts";

/** Flags of `photinus release`. */
export interface ReleaseFlags {
  /** Folder of the schema. Default: the only schema of package.json, or "schema". */
  readonly schema?: string;
  /** Number of the release, as text. Default: the last one + 1. */
  readonly number?: string;
}

/** Options of {@link release}. */
export interface ReleaseOptions {
  /** Working directory; paths are relative to it. */
  readonly folder: string;
  /** Targets that jobs may name. Default: the built-in ones. */
  readonly targets?: readonly Target[];
  readonly output: Output;
  /** Time of the release. Default: now. */
  readonly now?: Date;
}

/**
 * Runs `photinus release`: records the schema as a release in its lock file. A schema that is the last release already changes
 * nothing. Generated code is not written.
 *
 * @returns false when the schema has errors
 * @throws Refusal for an invalid number, several schemas, a lost lock file, or one that cannot be written
 */
export async function release(flags: ReleaseFlags, options: ReleaseOptions): Promise<boolean> {
  const { folder, output, targets = builtInTargets, now = new Date() } = options;
  const { schema: name, checks, outs } = await oneSchema(folder, flags.schema, targets);
  const root = resolve(folder, name);
  const { schema, diagnostics } = await loadSchema({ root, checks });
  for (const one of diagnostics) output.complain(formatDiagnostic(one, name));
  if (schema === undefined) return false;
  const { lock, diagnostics: problems, lastNumber, isRestored } = await lockSchema(schema, root);
  for (const one of problems) output.complain(formatDiagnostic(one, name));
  if (lock === undefined) return false;
  const path = `${name}/${lockFileName}`;
  if (isRestored) output.complain(`warning: ${path} not found; using the committed one from git`);
  else if (readIfThere(lockPath(root)) === undefined) refuseLost(name, outs, folder);

  const model = withoutPlaces(modelOf(schema));
  const last = lastRelease(lock);
  if (last !== undefined && isSame(last, model, lock)) {
    output.print(`${name} is release ${last.number} of ${last.date} already; nothing to record`);
    return true;
  }
  const number = numberOf(flags.number, lastNumber);
  const { clients, cause } = understood(lock, model, number);
  const entry = { number, date: now.toISOString().slice(0, 10), clients, model };
  const text = formatLock({ ...lock, releases: [...lock.releases, entry] });
  try {
    writeLock(root, text);
  } catch (error) {
    throw new Refusal(`cannot write ${path}: ${messageOf(error)}`);
  }
  output.print(`${path}: release ${number} of ${entry.date}, fingerprint ${schema.fingerprint}`);
  if (last?.model.fingerprint === schema.fingerprint)
    output.print(`the fingerprint is that of release ${last.number}; policy, tables or comments changed`);
  if (last !== undefined) output.print(understoodText(clients, number, cause));
  output.print("next: run photinus codegen, and commit the lock file with the generated files");
  return true;
}

/** @throws Refusal when codegen has run before: the missing lock file may have had releases, whose numbers are taken */
function refuseLost(name: string, outs: readonly string[], folder: string): void {
  if (outs.some((out) => readManifest(resolve(folder, out)).made.size > 0)) throw new Refusal(lostLock(name));
}

/** Whether a release is the present state, policy included. A file that only moved is no change. */
function isSame(last: LockedRelease, model: ProtocolModel, lock: Lock): boolean {
  return last.model.fingerprint === model.fingerprint && changesSince(last, model, lock).length === 0;
}

/** @throws Refusal for a number that is invalid, or not greater than the last one */
function numberOf(flag: string | undefined, lastNumber: number): number {
  if (flag === undefined && lastNumber < mostReleases) return lastNumber + 1;
  const number = /^\d{1,10}$/.test(flag ?? "") ? Number(flag) : 0;
  if (number > lastNumber && number <= mostReleases) return number;
  const isTaken = number >= 1 && number <= lastNumber;
  const found = isTaken
    ? `release number ${number} is not free`
    : `invalid release number "${flag ?? lastNumber + 1}"`;
  throw new Refusal(
    `${found}; expected a number from ${lastNumber + 1} to ${mostReleases}, as the last release in the lock file or in git is ` +
      `${lastNumber}`,
  );
}

/** Oldest release from which on all clients understand a new release, and why the one before it does not. */
function understood(lock: Lock, model: ProtocolModel, number: number): { clients: number; cause?: string } {
  let clients = number;
  for (const one of lock.releases.toReversed()) {
    const cause = breakSince(one, model, lock);
    if (cause !== undefined) return { clients, cause: cause.reason };
    clients = one.number;
  }
  return { clients };
}

function understoodText(clients: number, number: number, cause: string | undefined): string {
  if (cause === undefined) return "clients of all releases are understood";
  const who = clients === number ? "of earlier releases" : `from before release ${clients}`;
  return `clients ${who} are not understood: ${cause}`;
}
