/** Text to put in at a position of a file; nothing is ever taken out. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** The text with all insertions made. Positions are those of the original; insertions at one position keep their order. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let done = 0;
  for (const { at, text: inserted } of [...insertions].sort((a, b) => a.at - b.at)) {
    result += text.slice(done, at) + inserted;
    done = at;
  }
  return result + text.slice(done);
}
