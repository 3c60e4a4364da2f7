import { zeroOf } from "../../column/zero.ts";
import type { ColumnDescriptor, ColumnValue, TableLayout } from "../../descriptor.ts";
import type { StoredRow } from "../../store.ts";
import { type Text, textOf, valueOfText } from "../text.ts";

/** What the cache knows of a row. */
export interface CachedRow {
  /** Undefined when there is no such row. */
  readonly row: StoredRow | undefined;
  /** The journal's id of the last change that MySQL does not have; "" when it has all. */
  readonly lastChange: string;
}

/** Reads the hashes of one table's rows. */
export class RowReader {
  readonly #columns: readonly ColumnDescriptor[];
  /** Names of the columns' fields, as bytes. */
  readonly #fields: readonly Buffer[];
  readonly #positions: ReadonlyMap<string, number>;

  constructor({ columns }: TableLayout) {
    this.#columns = columns;
    this.#fields = columns.map(({ field }) => Buffer.from(field));
    this.#positions = new Map(columns.map(({ field }, at) => [field, at]));
  }

  /** @param hash field, value, field, value ... in any order; undefined when nothing is known of the row */
  read(hash: readonly Buffer[]): CachedRow | undefined {
    const values: (ColumnValue | undefined)[] = new Array(this.#columns.length).fill(undefined);
    let state: string | undefined;
    // Nearly always fields are in the order of the columns, which saves looking them up.
    let next = 0;
    for (let at = 0; at + 1 < hash.length; at += 2) {
      const name = hash[at]!;
      const text = hash[at + 1]!;
      if (name.length === 1 && name[0] === versionField) state = text.toString("latin1");
      else {
        const position = this.#isAt(next, name) ? next : this.#positions.get(name.toString());
        // A mark, or a column that has gone.
        if (position === undefined) continue;
        values[position] = valueOfText(this.#columns[position]!.kind, text);
        next = position + 1;
      }
    }
    return state === undefined ? undefined : this.#rowOf(state, values);
  }

  #isAt(position: number, name: Buffer): boolean {
    const field = this.#fields[position];
    if (field === undefined || field.length !== name.length) return false;
    for (let at = 0; at < name.length; at++) if (field[at] !== name[at]) return false;
    return true;
  }

  #rowOf(state: string, values: (ColumnValue | undefined)[]): CachedRow {
    const mark = state.indexOf("@");
    const lastChange = mark < 0 ? "" : state.slice(mark + 1);
    if (state.startsWith("-")) return { row: undefined, lastChange };
    const whole = values.map((value, at) => (value === undefined ? zeroOf(this.#columns[at]!) : value));
    return { row: { version: Number.parseInt(state, 10), values: whole }, lastChange };
  }
}

/** "v" */
const versionField = 0x76;

/** Field, text, field, text ... of the values that are not null. */
export function textsOf({ columns }: TableLayout, values: readonly ColumnValue[]): Text[] {
  const texts: Text[] = [];
  for (let column = 0; column < values.length; column++) {
    const value = values[column]!;
    if (value !== null) texts.push(columns[column]!.field, textOf(value));
  }
  return texts;
}
