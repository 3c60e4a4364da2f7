import type { StoredRow } from "../../../../runtime/cache/store.ts";
import { heroTable } from "../../../conformance/cache/fixtures/server/index.ts";
import type { StoreSpec } from "../../../conformance/cache/place.ts";
import type { Crew } from "../crew.ts";

/** What a row was at some time, as far as workers change it. */
export interface RowState {
  readonly id: string;
  readonly version: number;
  readonly gold: number;
  readonly note: string;
  readonly level: number;
  readonly luck: number;
}

/** Something that is killed in a round. */
export interface Victim {
  readonly name: string;
  /** Kills it as `kill -9` does and lets it, or another, go on; resolves with its process id. */
  strike(crew: Crew, random: () => number): Promise<number>;
}

/** A store of one round, with all that belongs to it. */
export interface Stage extends AsyncDisposable {
  readonly spec: StoreSpec;
  readonly victims: readonly Victim[];
  /** Whether the database is given every state of a row, rather than the latest of several. */
  readonly isEvery: boolean;
  /** Makes new rows, which are in the database then; resolves with their ids. */
  createRows(count: number): Promise<string[]>;
  /** From here on the database keeps what it is given of each row. */
  watch(): Promise<void>;
  /**
   * When nobody changes rows any more: waits until all is in the database, and gives what is wrong then, besides the rows'
   * values.
   */
  settle(ids: readonly string[]): Promise<string[]>;
  /** The rows as the database has them. */
  rows(ids: readonly string[]): Promise<(StoredRow | undefined)[]>;
  /** Ids of rows in the database by their names; when it is there, workers make rows of names that others try to take too. */
  names?(): Promise<ReadonlyMap<string, string>>;
  /** All that the database was given since {@link watch}, in order. */
  history(): Promise<RowState[]>;
}

/** Columns of a hero that {@link historySql} keeps, in this order. */
const watched = ["id", "_version", "gold", "note", "level", "luck"];

/** Statements that make a database remember every state that it commits of a hero. */
export function historySql(quote: string, columns: string): string[] {
  const quoted = (name: string) => `${quote}${name}${quote}`;
  const names = watched.map(quoted).join(", ");
  const values = watched.map((name) => `NEW.${quoted(name)}`).join(", ");
  const insert = `INSERT INTO history (${names}) VALUES (${values})`;
  return [
    `CREATE TABLE history (${columns})`,
    ...["INSERT", "UPDATE"].map(
      (event) => `CREATE TRIGGER history_${event} AFTER ${event} ON hero FOR EACH ROW BEGIN ${insert}; END`,
    ),
  ];
}

export const historyQuery = "SELECT id, _version, gold, note, level, luck FROM history ORDER BY n";

/** A row of {@link historyQuery}. */
export function stateOfRow(row: readonly unknown[]): RowState {
  const [id, version, gold, note, level, luck] = row;
  return {
    ...{ id: String(id), version: Number(version), gold: Number(gold) },
    ...{ note: String(note), level: Number(level), luck: Number(luck) },
  };
}

export function stateOf({ version, values }: StoredRow): RowState {
  const column = (name: string) => values[heroTable.columns.findIndex((one) => one.name === name)];
  return stateOfRow(watched.map((name) => (name === "_version" ? version : column(name))));
}
