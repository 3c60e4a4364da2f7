import { zeroOf } from "../../columns/column-default.ts";
import type { ColumnDescriptor, ColumnValue, TableLayout } from "../../table-layout.ts";
import type { StoredRow } from "../../table-store.ts";
import { type Text, textOf, valueOfText } from "../column-text.ts";

/** State of a row in the cache. */
export interface CachedRow {
  /** The row; undefined when the cache knows that the row does not exist. */
  readonly row: StoredRow | undefined;
  /** Journal id of the last change that MySQL does not have; "" when MySQL has all changes. */
  readonly lastChange: string;
  /**
   * Positions of columns unknown to the cache, because a process with an older schema cached the row. `row` has default
   * values in these positions.
   */
  readonly missing: readonly number[];
}

/** Decodes the Redis hashes of one table's rows. */
export class RowReader {
  readonly #columns: readonly ColumnDescriptor[];
  /** Field names of the columns, as bytes. */
  readonly #fields: readonly Buffer[];
  readonly #positions: ReadonlyMap<string, number>;

  constructor({ columns }: TableLayout) {
    this.#columns = columns;
    this.#fields = columns.map(({ field }) => Buffer.from(field));
    this.#positions = new Map(columns.map(({ field }, at) => [field, at]));
  }

  /**
   * Decodes the hash of one row.
   *
   * @param hash field, value, field, value ... in any order; "n" before the name of a field that is null
   * @returns undefined when the hash has no state of the row, only marks
   */
  read(hash: readonly Buffer[]): CachedRow | undefined {
    const values: (ColumnValue | undefined)[] = new Array(this.#columns.length).fill(undefined);
    let state: string | undefined;
    // Fields nearly always have the order of the columns, which saves the map lookup.
    let next = 0;
    for (let at = 0; at + 1 < hash.length; at += 2) {
      const name = hash[at]!;
      const text = hash[at + 1]!;
      if (name.length === 1 && name[0] === versionField) state = text.toString("latin1");
      else {
        const start = name[0] === nullMark ? 1 : 0;
        const position = this.#isAt(next, name, start)
          ? next
          : this.#positions.get(name.toString("utf8", start));
        // A mark, or a column that the schema of this process does not have.
        if (position === undefined) continue;
        values[position] = start === 1 ? null : valueOfText(this.#columns[position]!.kind, text);
        next = position + 1;
      }
    }
    return state === undefined ? undefined : this.#rowOf(state, values);
  }

  #isAt(position: number, name: Buffer, start: number): boolean {
    const field = this.#fields[position];
    if (field === undefined || field.length !== name.length - start) return false;
    for (let at = 0; at < field.length; at++) if (field[at] !== name[start + at]) return false;
    return true;
  }

  #rowOf(state: string, values: (ColumnValue | undefined)[]): CachedRow {
    const mark = state.indexOf("@");
    const lastChange = mark < 0 ? "" : state.slice(mark + 1);
    if (state.startsWith("-")) return { row: undefined, lastChange, missing: none };
    const missing = values.includes(undefined)
      ? values.flatMap((value, at) => (value === undefined ? [at] : []))
      : none;
    for (const at of missing) values[at] = zeroOf(this.#columns[at]!);
    return {
      row: { version: Number.parseInt(state, 10), values: values as ColumnValue[] },
      lastChange,
      missing,
    };
  }
}

/** The field "v". */
const versionField = 0x76;
/** The letter "n" before the name of a field that is null. */
const nullMark = 0x6e;
const none: readonly number[] = Object.freeze([]);

/** Fills in the columns that the cache does not know from the row in MySQL. Without a row in MySQL the defaults stay. */
export function completed(known: CachedRow, stored: StoredRow | undefined): StoredRow | undefined {
  const { row, missing } = known;
  if (row === undefined || stored === undefined || missing.length === 0) return row;
  const values = [...row.values];
  for (const at of missing) values[at] = stored.values[at]!;
  return { version: row.version, values };
}

/** Encodes columns of a row as Redis writes them: field, text, field, text ...; a null column as "n" and its field. */
export function fieldsOf(
  { columns }: TableLayout,
  values: readonly ColumnValue[],
  positions: Iterable<number> = values.keys(),
): Text[] {
  const fields: Text[] = [];
  for (const at of positions) {
    const { field } = columns[at]!;
    const value = values[at]!;
    if (value === null) fields.push(`n${field}`, "");
    else fields.push(field, textOf(value));
  }
  return fields;
}

/**
 * Encodes the values that are not null: field, text, field, text ...
 *
 * @param except position of a column that is left out
 */
export function textsOf({ columns }: TableLayout, values: readonly ColumnValue[], except = -1): Text[] {
  const texts: Text[] = [];
  for (let column = 0; column < values.length; column++) {
    const value = values[column]!;
    if (value !== null && column !== except) texts.push(columns[column]!.field, textOf(value));
  }
  return texts;
}

/** Fields of the null values, joined by commas: "3,5". */
export function nullsOf({ columns }: TableLayout, values: readonly ColumnValue[]): string {
  let nulls = "";
  for (let column = 0; column < values.length; column++) {
    if (values[column] === null)
      nulls += nulls === "" ? columns[column]!.field : `,${columns[column]!.field}`;
  }
  return nulls;
}
