/** Words that differ in more places than this are not misspellings of one another, however long they are. */
const mostEdits = 8;

/** Longer words are names of nothing: no candidate is looked for. */
const longestWord = 256;

/**
 * The candidate that a mistyped word was most likely meant to be; undefined when none is near, which is a third of the
 * word's letters, rounded up. Capitals make no difference. Of candidates equally near, the first.
 *
 * A candidate that is not near costs little, so that thousands of words can be looked for among thousands.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined;
  let best: string | undefined;
  let bound = Math.min(Math.max(1, Math.ceil(word.length / 3)), mostEdits);
  const wanted = word.toLowerCase();
  const rows = rowsFor(longestWord + mostEdits);
  for (const candidate of candidates) {
    const distance = distanceWithin(wanted, candidate.toLowerCase(), bound, rows);
    if (distance === undefined) continue;
    best = candidate;
    bound = distance - 1;
    if (bound < 0) break;
  }
  return best;
}

/** "did you mean x?" or, with nothing near, the list of what there is. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length === 0 ? "remove it" : `it can be one of: ${candidates.slice(0, 24).join(", ")}`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const bound = Math.max(a.length, b.length);
  return distanceWithin(a, b, bound, rowsFor(bound))!;
}

/** The three last rows of the table of distances: a swap looks two rows back. */
type Rows = readonly [Uint16Array, Uint16Array, Uint16Array];

function rowsFor(length: number): Rows {
  return [new Uint16Array(length + 2), new Uint16Array(length + 2), new Uint16Array(length + 2)];
}

/** The edit distance, or undefined when it is more than `bound`: only what is near the diagonal is computed. */
function distanceWithin(a: string, b: string, bound: number, rows: Rows): number | undefined {
  if (Math.abs(a.length - b.length) > bound) return undefined;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const width = endB - start;
  const far = bound + 1;
  let [before, row, next] = rows;
  for (let j = 0; j <= width; j++) row[j] = Math.min(j, far);
  let leastBefore = 0;
  for (let i = 1; i <= endA - start; i++) {
    const letter = a.charCodeAt(start + i - 1);
    const letterBefore = a.charCodeAt(start + i - 2);
    const first = Math.max(1, i - bound);
    const last = Math.min(width, i + bound);
    let left = first === 1 ? Math.min(i, far) : far;
    let least = left;
    next[first - 1] = left;
    for (let j = first; j <= last; j++) {
      const other = b.charCodeAt(start + j - 1);
      let edits = row[j - 1]! + (letter === other ? 0 : 1);
      if (row[j]! < edits) edits = row[j]! + 1;
      if (left < edits) edits = left + 1;
      if (i > 1 && j > 1 && letterBefore === other && letter === b.charCodeAt(start + j - 2)) {
        edits = Math.min(edits, before[j - 2]! + 1);
      }
      left = Math.min(edits, far);
      next[j] = left;
      if (left < least) least = left;
    }
    if (last < width) next[last + 1] = far;
    // A swap of the next letter begins at the row before.
    if (least > bound && leastBefore >= bound) return undefined;
    leastBefore = least;
    [before, row, next] = [row, next, before];
  }
  const distance = row[width]!;
  return distance > bound ? undefined : distance;
}
