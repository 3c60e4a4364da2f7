import { closeSync, existsSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { fail, messageOf } from "../../../schema/errors.ts";
import { isAnswered } from "../../process/control/control-client.ts";
import { controlPlace } from "../../process/control/control-place.ts";
import { findTopology } from "../../process/topology/load-topology.ts";
import { exportPerson } from "../../tables/personal/export-person.ts";
import { type Forgotten, forgetPerson, isComplete } from "../../tables/personal/forget-person.ts";
import { ownedTables } from "../../tables/personal/owned-rows.ts";
import { hasTraces } from "../../tables/personal/personal-traces.ts";
import { table } from "../status-text.ts";
import { type Data, loadData, type Output, withStore, withWritingStore } from "./open-data.ts";

/** Options of `photinus data export` and `forget`. */
export interface PersonOptions {
  /** Path of the topology file. */
  readonly config?: string;
  /** User id, in decimal digits. */
  readonly user: string;
}

/** Greatest user id. */
const mostId = 2n ** 64n - 1n;

/**
 * Writes the rows of a person as JSON to the standard output or a file, for `photinus data export`. Resolves with the exit
 * code. Throws INVALID_ARGUMENT for an invalid id, and the errors of the store.
 */
export async function exportUser(
  options: PersonOptions & { readonly out?: string },
  { stdout, stderr }: Output,
): Promise<number> {
  const userId = userIdOf(options.user);
  const data = await loadOwned(options.config);
  const { out } = options;
  if (out === undefined) {
    await withStore(data, (store) =>
      exportPerson(store, data.tables, userId, (text) => drained(stdout, text)),
    );
    return 0;
  }
  const part = `${out}.part`;
  const file = openPrivate(part);
  try {
    const rows = await withStore(data, (store) =>
      exportPerson(store, data.tables, userId, (text) => writeSync(file, text)),
    );
    closeSync(file);
    renameSync(part, out);
    stderr.write(`${rows} ${rows === 1 ? "row" : "rows"} of user ${userId} written to ${out}\n`);
    return 0;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/**
 * Forgets a person, for `photinus data forget`: prints the tables, and a line of JSON last. Resolves with the exit code: 1 when
 * something is left. Throws INVALID_ARGUMENT for an invalid id, and the errors of the store.
 */
export async function forgetUser(options: PersonOptions, { stdout, stderr }: Output): Promise<number> {
  const userId = userIdOf(options.user);
  const data = await loadOwned(options.config);
  const isHere = await isRunning(options.config);
  const forgotten = await withWritingStore(data, async (store) => {
    if (isHere || (hasTraces(store) && (await store.traces.isShared()))) {
      stderr.write(
        `warning: the game is running; end the sessions of user ${userId} and refuse its logins first, or rows may be written again\n`,
      );
    }
    return forgetPerson(store, data.tables, userId);
  });
  stdout.write(forgottenText(forgotten));
  const ok = isComplete(forgotten);
  if (!ok) stderr.write(leftText(forgotten));
  stdout.write(`${JSON.stringify({ ok, ...forgotten })}\n`);
  return ok ? 0 : 1;
}

/** Formats what was forgotten as a table for a person. */
export function forgottenText({ tables }: Forgotten): string {
  const rows = tables.map(({ table: name, database, forget, rows: count, deadLetters }) => [
    ...[name, database, forget === "delete" ? "deleted" : "anonymized"],
    ...[String(count), String(deadLetters)],
  ]);
  return `${table(["table", "database", "rows were", "rows", "dead letters retried"], rows).join("\n")}\n`;
}

function leftText({ userId, left }: Forgotten): string {
  const { rows, changes, deadLetters } = left;
  const lines = [
    ...(rows > 0 ? [`${rows} rows of user ${userId} were written meanwhile; end the user's sessions`] : []),
    ...(changes > 0
      ? [
          `${changes} changes, in the journal or in the log of a file, are not in the database yet; photinus data status shows why`,
        ]
      : []),
    ...(deadLetters.length > 0
      ? [`MySQL refuses changes of the rows: dead letters ${deadLetters.join(", ")}; fix the cause`]
      : []),
  ];
  return `${lines.map((line) => `error: ${line}, then run this command again\n`).join("")}`;
}

/**
 * Loads the tables. Throws FAILED_PRECONDITION when no table says whose rows it has, and when the file of the embedded store does
 * not exist: opening it would create it, and a wrong path would look like a person without rows.
 */
async function loadOwned(config: string | undefined): Promise<Data> {
  const data = await loadData(config);
  const { data: place, source } = data.topology;
  if (place.kind === "embedded" && !existsSync(place.file))
    throw fail(
      "FAILED_PRECONDITION",
      `the tables of ${source} have no file yet: ${place.file} does not exist`,
    );
  if (ownedTables(data.tables).length > 0) return data;
  throw fail(
    "FAILED_PRECONDITION",
    `no table of ${source} has an owner; mark columns with the user id by (photinus.column) = { owner: true }, and run photinus codegen`,
  );
}

function userIdOf(text: string): bigint {
  const id = /^[1-9]\d{0,19}$/.test(text) ? BigInt(text) : 0n;
  if (id > 0n && id <= mostId) return id;
  throw fail("INVALID_ARGUMENT", `invalid --user; expected a user id, a whole number from 1 to ${mostId}`);
}

async function isRunning(config: string | undefined): Promise<boolean> {
  try {
    return await isAnswered(controlPlace(findTopology(config, process.cwd())).socket);
  } catch {
    // Without a folder for control sockets nothing can run supervised here.
    return false;
  }
}

/** Creates a file that only this user can read. An existing file is never written to. */
function openPrivate(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    throw fail(
      "FAILED_PRECONDITION",
      `cannot create ${path}: ${messageOf(error)}; set another path by --out`,
    );
  }
}

/** Writes to a stream, and waits until a slow reader has taken it, so that the export does not pile up in memory. */
async function drained(stream: Output["stdout"], text: string): Promise<void> {
  if (stream.write(text) !== false || !("once" in stream) || typeof stream.once !== "function") return;
  const { once } = stream as unknown as { once(name: string, listener: () => void): void };
  await new Promise<void>((resolve) => once.call(stream, "drain", resolve));
}
