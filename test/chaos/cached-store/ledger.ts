import { expect } from "vitest";
import type { StoredRow } from "../../../runtime/cache/store.ts";
import { heroTable } from "../../conformance/cache/fixtures/server/index.ts";

interface Account {
  /** Values of gold that an acknowledged increment gave. */
  readonly gold: number[];
  /** Version and mark of acknowledged changes. */
  readonly notes: [version: number, mark: string][];
  readonly turns: [version: number, mark: string][];
}

/** What workers were told is done, and what the rows must then be. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  acknowledged = 0;
  lost = 0;

  constructor(lines: Iterable<string>) {
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const [kind, id = "", first = "", mark = ""] = line.split(" ");
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = { gold: [], notes: [], turns: [] };
      this.#accounts.set(id, account);
    }
    if (kind === "lost") this.lost++;
    else this.acknowledged++;
    if (kind === "gold") account.gold.push(Number(first));
    else if (kind === "note") account.notes.push([Number(first), mark]);
    else if (kind === "turn") account.turns.push([Number(first), mark]);
  }

  /**
   * Fails when an acknowledged change is not in the row, or not in its order. Gives the number of changes of the row that
   * were not told, which must be among those under way when somebody was killed.
   */
  check(id: string, { version, values }: StoredRow, told: string): number {
    const account = this.#accounts.get(id);
    if (account === undefined) return version - 1;
    const column = (property: string) =>
      values[heroTable.columns.findIndex((one) => one.property === property)];
    const { gold, notes, turns } = account;
    // Each acknowledged increment gave a value of its own: none was built on a state without the one before.
    expect(new Set(gold).size, `${told}: two increments gave the same gold`).toBe(gold.length);
    expect(Number(column("gold")), `${told}: gold`).toBeGreaterThanOrEqual(Math.max(0, ...gold));
    const versions = [...notes, ...turns].map(([number]) => number);
    expect(new Set(versions).size, `${told}: two changes made the same version`).toBe(versions.length);
    expect(version, `${told}: version`).toBeGreaterThanOrEqual(Math.max(1, ...versions));
    expect(column("luck"), `${told}: half of a change`).toBe(column("level"));
    expectLast(notes, String(column("note")), `${told}: note`);
    expectLast(turns, String(column("level")), `${told}: level`);
    return version - 1 - gold.length - notes.length - turns.length;
  }
}

/** The value is that of the last acknowledged change, or of one that nobody was told of. */
function expectLast(changes: readonly [number, string][], value: string, told: string): void {
  const [first, ...others] = changes;
  if (first === undefined) return;
  const last = others.reduce((a, b) => (a[0] > b[0] ? a : b), first);
  const isAcknowledged = changes.some(([, mark]) => mark === value);
  if (isAcknowledged) expect(value, told).toBe(last[1]);
  else expect(["", "0"], `${told} is as it was at first`).not.toContain(value);
}
