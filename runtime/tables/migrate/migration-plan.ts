import { fail } from "../../../schema/errors.ts";
import { versionColumn } from "../sql/table-statements.ts";
import type { ColumnDescriptor, TableLayout } from "../table-layout.ts";
import type { FoundColumn, FoundIndex, FoundTable } from "./found-table.ts";
import {
  type Dialect,
  type Doubt,
  type Draft,
  isSameList,
  isSameName,
  type Leftover,
  type Obstacle,
  type Refusal,
  rebuildStart,
  type Step,
} from "./migration-step.ts";
import { formerNamesOf, hidden, renamed } from "./renamed-tables.ts";

/**
 * Plans the changes from the tables that a database has to the tables of a schema. Other tables of the database are ignored.
 * Throws INVALID_ARGUMENT for a name that a generated table cannot have.
 *
 * @param found existing tables; a table that does not exist has no entry
 * @param isThere whether the database has a table of a name
 */
export function planTables(
  tables: readonly TableLayout[],
  found: ReadonlyMap<TableLayout, FoundTable>,
  dialect: Dialect,
  isThere: (name: string) => boolean = () => false,
): Draft {
  const plans = tables.map((table) => new TablePlan(table, found.get(table), dialect).make(isThere));
  return {
    doubts: plans.flatMap(({ doubts }) => doubts),
    steps: plans.flatMap(({ steps }) => steps),
    refusals: plans.flatMap(({ refusals }) => refusals),
    leftovers: plans.flatMap(({ leftovers }) => leftovers),
  };
}

/** Names that MySQL accepts without quotes, with MySQL's maximum length; the generator allows no others. */
const safeName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

class TablePlan {
  readonly #table: TableLayout;
  readonly #found: FoundTable | undefined;
  readonly #dialect: Dialect;
  readonly #steps: Step[] = [];
  readonly #refusals: Refusal[] = [];
  readonly #leftovers: Leftover[] = [];
  /** Positions of columns that need a change by a person; indexes on them cannot be planned yet. */
  readonly #waiting = new Set<number>();

  constructor(table: TableLayout, found: FoundTable | undefined, dialect: Dialect) {
    for (const name of [table.name, ...table.columns.map((column) => column.name)]) {
      if (safeName.test(name)) continue;
      throw fail(
        "INVALID_ARGUMENT",
        `${JSON.stringify(name)} is not the name of a generated table or column; expected letters, digits and _, at most 64`,
      );
    }
    this.#table = table;
    this.#found = found;
    this.#dialect = dialect;
  }

  make(isThere: (name: string) => boolean): Draft {
    const found = this.#found === undefined ? undefined : this.#planNames(this.#found);
    const former = formerNamesOf(this.#table).find(isThere);
    const doubts: Doubt[] = [];
    if (found === undefined && former !== undefined) {
      this.#refusals.push(renamed(this.#table, former, this.#dialect));
    } else if (found === undefined) {
      this.#step("create the table", this.#dialect.statements(this.#table).create);
    } else {
      for (const one of this.#dialect.examine(this.#table, found)) {
        if ("reason" in one) this.#refusals.push(one);
        else this.#steps.push(one);
      }
      const isKeySame = this.#planKey(found);
      this.#planColumns(found, isKeySame);
      this.#planIndexes(found);
      this.#planUnknownColumns(found);
      if (former !== undefined) doubts.push(hidden(this.#table, former, this.#dialect));
    }
    return { doubts, steps: this.#steps, refusals: this.#refusals, leftovers: this.#leftovers };
  }

  /**
   * Refuses columns that exist under a former name, because a new column would hide their values. Returns the table as it
   * will be after a person has renamed the columns.
   */
  #planNames(found: FoundTable): FoundTable {
    const renamed = new Map<string, string>();
    const unknown = this.#unknownColumns(found);
    for (const [at, { name, field, former = [] }] of this.#table.columns.entries()) {
      if (columnIn(found, name) !== undefined) continue;
      const there = former.flatMap((old) => unknown.find((column) => isSameName(column.name, old)) ?? [])[0];
      if (there === undefined || renamed.has(there.name)) continue;
      renamed.set(there.name, name);
      this.#waiting.add(at);
      const { quote } = this.#dialect;
      const orElse = field.startsWith("o:")
        ? `name the oneof ${there.name} again`
        : `give the field the option name: "${there.name}"`;
      this.#refuse(
        `the column ${name} still has its former name ${there.name}: rename it once no node of the earlier schema runs, ` +
          `or ${orElse}`,
        [`ALTER TABLE ${quote(this.#table.name)} RENAME COLUMN ${quote(there.name)} TO ${quote(name)}`],
      );
    }
    const nameOf = (name: string) => [...renamed].find(([old]) => isSameName(old, name))?.[1] ?? name;
    return {
      ...found,
      columns: found.columns.map((column) => ({ ...column, name: nameOf(column.name) })),
      key: found.key.map(nameOf),
      indexes: found.indexes.map((index) => ({ ...index, columns: index.columns.map(nameOf) })),
    };
  }

  #planKey(found: FoundTable): boolean {
    const wanted = this.#namesOf(this.#table.key);
    if (isSameList(wanted, found.key)) return true;
    const was =
      found.key.length === 0 ? "there is no primary key" : `the primary key is (${found.key.join(", ")})`;
    const missing = this.#table.key.filter(
      (at) => columnIn(found, this.#table.columns[at]!.name) === undefined,
    );
    const { addColumn } = this.#dialect.statements(this.#table);
    const isRebuilt = this.#dialect.name === "SQLite";
    this.#refuse(`${was}; the schema has (${wanted.join(", ")})`, [
      ...(isRebuilt ? [] : missing.map((at) => addColumn(at))),
      ...this.#dialect.forceKey(this.#table, found),
    ]);
    return false;
  }

  #planColumns(found: FoundTable, isKeySame: boolean): void {
    const { types, addColumn } = this.#dialect.statements(this.#table);
    for (const [at, column] of this.#table.columns.entries()) {
      const there = columnIn(found, column.name);
      if (this.#waiting.has(at)) continue;
      if (there !== undefined) this.#planColumn(column, at, there, found);
      // A missing column of the key is added together with the key.
      else if (!isKeySame && this.#table.key.includes(at)) this.#waiting.add(at);
      else {
        this.#step(`add the column ${column.name}, ${types[at]}`, [addColumn(at)]);
      }
    }
    if (columnIn(found, versionColumn) === undefined) {
      this.#step(`add the column ${versionColumn}`, [this.#dialect.addVersion(this.#table)]);
    }
  }

  #planColumn(column: ColumnDescriptor, at: number, there: FoundColumn, found: FoundTable): void {
    const wanted = this.#dialect.statements(this.#table).types[at]!;
    const isSameType = there.type === wanted;
    if (isSameType && there.nullable === column.nullable) return;
    const mayBeNull = column.nullable || !there.nullable;
    const was = describe(there.type, there.nullable);
    const willBe = describe(wanted, column.nullable);
    const isKept = mayBeNull && (isSameType || this.#dialect.isWider(there.type, wanted));
    const sql = isKept ? this.#dialect.changeColumn(this.#table, at, found) : undefined;
    if (sql !== undefined) {
      this.#step(`widen the column ${column.name} from ${was} to ${willBe}`, sql);
      return;
    }
    const obstacle = mayBeNull ? this.#dialect.keptOtherwise(this.#table, at, there.type) : undefined;
    const changed = obstacle && this.#dialect.changeColumn(this.#table, at, found);
    if (changed !== undefined) {
      this.#step(`convert the column ${column.name} from ${was} to ${willBe}`, changed, obstacle);
      return;
    }
    this.#waiting.add(at);
    this.#refuse(
      `the column ${column.name} is ${was}; the schema has ${willBe}`,
      this.#dialect.forceColumn(this.#table, at, there, found),
    );
  }

  #planIndexes(found: FoundTable): void {
    const { createIndex } = this.#dialect.statements(this.#table);
    const unwanted = new Set(found.indexes);
    for (const [at, index] of this.#table.indexes.entries()) {
      const columns = this.#namesOf(index.columns);
      // An index on the same columns serves the same purpose under any name.
      const same = found.indexes.filter(
        (one) => one.unique === index.unique && isSameList(one.columns, columns),
      );
      const name = this.#dialect.indexName(this.#table, index);
      const chosen = same.find((one) => isSameName(one.name, name)) ?? same[0];
      if (chosen !== undefined) {
        unwanted.delete(chosen);
        const renaming = this.#dialect.renameIndex(this.#table, at, chosen);
        if (renaming !== undefined) this.#step(`rename the index ${chosen.name} to ${name}`, renaming);
        continue;
      }
      const what = `${index.unique ? "unique index" : "index"} on (${columns.join(", ")})`;
      const isWaiting = index.columns.some((position) => this.#waiting.has(position));
      const obstacle = index.unique ? this.#sameValues(index.columns, found) : undefined;
      const inTheWay = found.indexes.find((one) => isSameName(one.name, name));
      if (inTheWay === undefined) {
        if (!isWaiting) this.#step(`add the ${what}`, [createIndex[at]!], obstacle);
        continue;
      }
      unwanted.delete(inTheWay);
      const replace = this.#dialect.replaceIndex(this.#table, at, inTheWay, found);
      if (!inTheWay.unique && isSameList(inTheWay.columns, columns)) {
        // The opposite change would allow rows that were rejected before, so it is not applied by itself.
        if (!isWaiting) this.#step(`make the index on (${columns.join(", ")}) unique`, replace, obstacle);
        continue;
      }
      const was = `${inTheWay.unique ? "a unique index" : "an index"} on (${inTheWay.columns.join(", ")})`;
      this.#refuse(`the index ${name} is ${was}; the schema has the ${what}`, replace);
    }
    for (const index of unwanted) this.#planUnknownIndex(index, found);
  }

  /**
   * Plans an index that the schema does not have. A plain index costs only time; a unique index rejects rows that the schema
   * allows.
   */
  #planUnknownIndex(index: FoundIndex, found: FoundTable): void {
    const what = `index ${index.name} on (${index.columns.join(", ")})`;
    const drop = this.#dialect.dropIndex(this.#table, index, found);
    if (!index.unique) this.#leave(`the ${what}`, drop);
    else this.#refuse(`the schema has no unique ${what}, which rejects rows that the schema allows`, drop);
  }

  /**
   * Plans columns that the schema does not have. Runs after the indexes, because SQLite does not drop a column of an index.
   */
  #planUnknownColumns(found: FoundTable): void {
    for (const { name, type, nullable, hasDefault } of this.#unknownColumns(found)) {
      const drop = this.#dialect.dropColumn(this.#table, name, found);
      if (nullable || hasDefault) this.#leave(`the column ${name} (${describe(type, nullable)})`, drop);
      else {
        const remedy = "drop it, give it a default, or make it nullable";
        this.#refuse(
          `the schema has no column ${name}, but no new row can be written without it: ${remedy}`,
          drop,
        );
      }
    }
  }

  #unknownColumns(found: FoundTable): readonly FoundColumn[] {
    const known = [versionColumn, ...this.#table.columns.map(({ name }) => name)];
    return found.columns.filter(({ name }) => !known.some((one) => isSameName(one, name)));
  }

  /** Query for rows that would collide in a new unique index. */
  #sameValues(positions: readonly number[], found: FoundTable): Obstacle | undefined {
    const columns = positions.map((at) => this.#table.columns[at]!);
    const isThere = (column: ColumnDescriptor) => columnIn(found, column.name) !== undefined;
    // An added column is null in all rows, where no two are equal, or has its default in all rows.
    if (columns.some((column) => !isThere(column) && column.nullable)) return undefined;
    const names = columns.filter(isThere).map((column) => this.#dialect.compared(column));
    const table = this.#dialect.quote(this.#table.name);
    const where = names.map((name) => `${name} IS NOT NULL`).join(" AND ");
    const query =
      names.length === 0
        ? `SELECT 1 FROM ${table} LIMIT 1 OFFSET 1`
        : `SELECT ${names.join(", ")}, COUNT(*) FROM ${table} WHERE ${where} GROUP BY ${names.join(", ")} HAVING COUNT(*) > 1 LIMIT 1`;
    const what = columns.map(({ name }) => name).join(", ");
    return { query, reason: `several rows would have the same (${what}) in a unique index` };
  }

  #namesOf(positions: readonly number[]): string[] {
    return positions.map((at) => this.#table.columns[at]!.name);
  }

  #step(change: string, sql: readonly string[], obstacle?: Obstacle): void {
    const { database, name: table } = this.#table;
    this.#steps.push({ database, table, change, sql, ...(obstacle === undefined ? {} : { obstacle }) });
  }

  #refuse(reason: string, sql: readonly string[]): void {
    const { database, name: table } = this.#table;
    this.#refusals.push({ database, table, reason: reason + this.#lostWith(sql), sql });
  }

  #leave(what: string, sql: readonly string[]): void {
    const { database, name: table } = this.#table;
    this.#leftovers.push({ database, table, what: what + this.#lostWith(sql), sql });
  }

  /** Suffix for a rebuild of the table: the columns that the new table would lack. */
  #lostWith(sql: readonly string[]): string {
    if (sql[0] !== rebuildStart || this.#found === undefined) return "";
    const lost = this.#unknownColumns(this.#found).map(({ name }) => name);
    return lost.length === 0 ? "" : `; the rebuilt table would lack ${lost.join(", ")}`;
  }
}

function columnIn(found: FoundTable, name: string): FoundColumn | undefined {
  return found.columns.find((column) => isSameName(column.name, name));
}

function describe(type: string, nullable: boolean): string {
  return `${type} ${nullable ? "null" : "not null"}`;
}
