/** Text to insert at a position of a file. Edits only insert, so that no line of the user is lost. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Makes all insertions. Positions refer to the original text; insertions at the same position keep their order. */
export function insertAll(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let done = 0;
  for (const { at, text: inserted } of [...insertions].sort((a, b) => a.at - b.at)) {
    result += text.slice(done, at) + inserted;
    done = at;
  }
  return result + text.slice(done);
}
