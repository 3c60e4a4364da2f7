/** Party that a change can hurt, in the words of the corpus. */
export type Party = "old client" | "new client" | "old node" | "stored rows";

/** Loss, wrong value or refusal at one party. */
export interface Finding {
  readonly party: Party;
  /** The damage in words. */
  readonly what: string;
}

/** Collects findings of one pair; equal ones count once. */
export class Findings {
  readonly #all = new Map<string, Finding>();
  /** Sessions that are let in now and were not before, in words. */
  readonly opened: string[] = [];

  add(party: Party, what: string): void {
    this.#all.set(`${party}: ${what}`, { party, what });
  }

  get all(): readonly Finding[] {
    return [...this.#all.values()];
  }
}

/** Text of a failure, without the parts that change from run to run. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${"code" in error ? `${String(error.code)}: ` : ""}${error.message}`;
}
