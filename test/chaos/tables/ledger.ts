import type { RowState } from "./fixture/fixture.ts";
import { NameAccount } from "./names.ts";

interface Change {
  readonly kind: "gold" | "note" | "turn";
  readonly mark: string;
  readonly row: RowAccount;
  /** What the same process knew of the row's gold, or version, when it asked for the change. */
  readonly floor: number;
}

/** A change that was acknowledged: the gold, or the version, that it made. */
interface Done {
  readonly value: number;
  readonly mark: string;
}

/** What is known of the changes of one row. */
class RowAccount {
  readonly gold: Done[] = [];
  readonly note: Done[] = [];
  readonly turn: Done[] = [];
  /** Requested changes without an answer, by column. */
  readonly open = { gold: new Set<string>(), note: new Set<string>(), turn: new Set<string>() };
}

/** What workers asked for and were told, and what must then be in the database. */
export class Ledger {
  readonly #rows = new Map<string, RowAccount>();
  readonly #workers: WorkerAccount[] = [];
  readonly #names = new NameAccount();

  /** For the lines of one worker. */
  open(): WorkerAccount {
    const account = new WorkerAccount((id) => this.#row(id), this.#names);
    this.#workers.push(account);
    return account;
  }

  get acknowledged(): number {
    return this.#workers.reduce((sum, account) => sum + account.acknowledged, 0);
  }

  /** Number of changes whose outcome is unknown. */
  get unknown(): number {
    let count = 0;
    for (const { open } of this.#rows.values()) count += open.gold.size + open.note.size + open.turn.size;
    return count;
  }

  /** What workers were told, or their stores found, that cannot be. */
  get problems(): string[] {
    return this.#workers.flatMap((account) => account.problems);
  }

  /**
   * Says what is wrong with a row.
   *
   * @param states what the database was given of it, in order, after its creation
   * @param isEvery whether these must be all states that it ever had; else some may have been passed over
   */
  check(last: RowState, states: readonly RowState[], isEvery: boolean): string[] {
    const account = this.#row(last.id);
    const problems = [
      ...twice(account.gold, "gold"),
      ...twice([...account.note, ...account.turn], "version"),
      ...wrongOrder(account, [...states, last], isEvery),
    ];
    const latest = states.at(-1)?.version ?? 1;
    if (latest !== last.version)
      problems.push(`version ${last.version} is there, and ${latest} was written last`);
    const told = account.gold.length;
    if (last.gold > told + account.open.gold.size)
      problems.push(`gold is ${last.gold} after ${told} changes`);
    const changes = last.version - 1 - last.gold;
    const others = account.note.length + account.turn.length;
    if (changes > others + account.open.note.size + account.open.turn.size) {
      problems.push(`${changes} changes besides gold, of ${others} that were told`);
    }
    const highest = Math.max(0, ...account.gold.map(({ value }) => value));
    if (last.gold < highest) problems.push(`gold is ${last.gold} and was ${highest}`);
    const newest = Math.max(1, ...[...account.note, ...account.turn].map(({ value }) => value));
    if (last.version < newest) problems.push(`the version is ${last.version} and was ${newest}`);
    return problems.map((problem) => `row ${last.id}: ${problem}`);
  }

  get namesTaken(): number {
    return this.#names.count;
  }

  /** Says what is wrong with names. @param stored ids of rows in the database by their names */
  checkNames(stored: ReadonlyMap<string, string>): string[] {
    return this.#names.check(stored);
  }

  #row(id: string): RowAccount {
    let row = this.#rows.get(id);
    if (row === undefined) {
      row = new RowAccount();
      this.#rows.set(id, row);
    }
    return row;
  }
}

/** What one worker printed. */
class WorkerAccount {
  acknowledged = 0;
  readonly problems: string[] = [];
  readonly #rowOf: (id: string) => RowAccount;
  readonly #names: NameAccount;
  readonly #begun = new Map<string, Change>();
  readonly #known = new Map<RowAccount, { gold: number; version: number }>();

  constructor(rowOf: (id: string) => RowAccount, names: NameAccount) {
    this.#rowOf = rowOf;
    this.#names = names;
  }

  take(line: string): void {
    const [word, mark = "", third = "", id = ""] = line.split(" ");
    // Redis loses nothing here and MySQL refuses nothing: a store that thinks so is wrong.
    if (word === "error") this.problems.push(`a worker's store says: ${line.slice(6)}`);
    else if (third === "take") this.#names.begin(mark, id);
    else if (this.#names.has(mark)) {
      this.#names.end(mark, word === "done" ? third : undefined);
      if (word === "done") this.acknowledged++;
    } else if (word === "begin") this.#begin(mark, third as Change["kind"], this.#rowOf(id));
    else {
      const change = this.#begun.get(mark);
      if (change === undefined) throw new Error(`a worker printed ${JSON.stringify(line)}`);
      this.#begun.delete(mark);
      if (word === "done") this.#done(change, Number(third));
      else if (word === "refused") change.row.open[change.kind].delete(mark);
    }
  }

  #begin(mark: string, kind: Change["kind"], row: RowAccount): void {
    const known = this.#known.get(row);
    const floor = known === undefined ? 0 : kind === "gold" ? known.gold : known.version;
    this.#begun.set(mark, { kind, mark, row, floor });
    row.open[kind].add(mark);
  }

  #done({ kind, mark, row, floor }: Change, value: number): void {
    this.acknowledged++;
    row.open[kind].delete(mark);
    row[kind].push({ value, mark });
    if (value <= floor) this.problems.push(`change ${mark} (${kind}) made ${value} when ${floor} was known`);
    const known = this.#known.get(row) ?? { gold: 0, version: 1 };
    if (kind === "gold") known.gold = Math.max(known.gold, value);
    else known.version = Math.max(known.version, value);
    this.#known.set(row, known);
  }
}

/** A change that was built on a state without another one shows in a number that comes twice. */
function twice(changes: readonly Done[], what: string): string[] {
  const seen = new Set<number>();
  return changes.flatMap(({ value }) => {
    if (seen.has(value)) return [`two changes made the ${what} ${value}`];
    seen.add(value);
    return [];
  });
}

/** Every state that the database had must be one that the row had, and none may come after a later one. */
function wrongOrder(account: RowAccount, states: readonly RowState[], isEvery: boolean): string[] {
  const problems: string[] = [];
  const notes = byValue(account.note);
  const turns = byValue(account.turn);
  let before: RowState = { id: "", version: 1, gold: 0, note: "", level: 0, luck: 0 };
  let noteCount = 0;
  let turnCount = 0;
  for (const state of states) {
    const { version, gold, note, level, luck } = state;
    const at = `at version ${version}`;
    if (version < before.version) problems.push(`version ${version} came after ${before.version}`);
    if (version === before.version && !isSame(state, before)) problems.push(`two states ${at}`);
    if (isEvery && version > before.version + 1)
      problems.push(`nothing between ${before.version} and ${version}`);
    if (gold < before.gold) problems.push(`${at} gold went from ${before.gold} to ${gold}`);
    if (luck !== level) problems.push(`${at} there is half of a change: level ${level}, luck ${luck}`);
    while (noteCount < notes.length && notes[noteCount]!.value <= version) noteCount++;
    while (turnCount < turns.length && turns[turnCount]!.value <= version) turnCount++;
    if (!isLatest(note, "", version, notes[noteCount - 1], account.open.note)) {
      problems.push(`${at} the note is ${note}, and was told to be ${notes[noteCount - 1]?.mark}`);
    }
    if (!isLatest(String(level), "0", version, turns[turnCount - 1], account.open.turn)) {
      problems.push(`${at} the level is ${level}, and was told to be ${turns[turnCount - 1]?.mark}`);
    }
    const changes = version - 1 - gold;
    if (changes < noteCount + turnCount) {
      problems.push(
        `${at} there are ${changes} changes besides gold, and ${noteCount + turnCount} were told`,
      );
    }
    before = state;
  }
  return problems;
}

function byValue(changes: readonly Done[]): Done[] {
  return changes.toSorted((a, b) => a.value - b.value);
}

/** Whether a value comes from the latest acknowledged change or from a change without an answer. */
function isLatest(
  value: string,
  first: string,
  version: number,
  latest: Done | undefined,
  open: ReadonlySet<string>,
): boolean {
  if (value === (latest?.mark ?? first)) return true;
  return latest?.value !== version && open.has(value);
}

function isSame(a: RowState, b: RowState): boolean {
  return a.gold === b.gold && a.note === b.note && a.level === b.level && a.luck === b.luck;
}
