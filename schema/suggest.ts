/** Most edits between a misspelling and its candidate, however long the words are. */
const mostEdits = 8;

/** Longest word for which a candidate is searched, in characters. */
const longestWord = 256;

/**
 * Finds the candidate that a mistyped word most likely means. Returns undefined when none is within a third of the
 * word's letters, rounded up. Case is ignored. Of equally near candidates the first one wins.
 *
 * A far candidate costs little time, so that thousands of words can be matched against thousands.
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

/** Formats a remedy: "did you mean x?", or the list of candidates when none is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length === 0 ? "remove it" : `it can be one of: ${candidates.slice(0, 24).join(", ")}`;
}

/**
 * Counts the insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string
 * alignment).
 */
export function editDistance(a: string, b: string): number {
  const bound = Math.max(a.length, b.length);
  return distanceWithin(a, b, bound, rowsFor(bound))!;
}

/** The last three rows of the distance table: a swap refers to two rows back. */
type Rows = readonly [Uint16Array, Uint16Array, Uint16Array];

function rowsFor(length: number): Rows {
  return [new Uint16Array(length + 2), new Uint16Array(length + 2), new Uint16Array(length + 2)];
}

/** Returns the edit distance, or undefined when it exceeds `bound`. Computes only the cells near the diagonal. */
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
    // A swap with the next letter starts from the row before.
    if (least > bound && leastBefore >= bound) return undefined;
    leastBefore = least;
    [before, row, next] = [row, next, before];
  }
  const distance = row[width]!;
  return distance > bound ? undefined : distance;
}
