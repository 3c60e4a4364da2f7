/** Words that differ in more places than this are not misspellings of one another, however long they are. */
const mostEdits = 8;

/** Nothing longer than this is looked for. */
const longestWord = 256;

/**
 * The candidate most like a word that somebody mistyped, or undefined when none is near. Candidates that are not near cost
 * little, so that thousands of words can be looked for among thousands.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bound = Math.min(Math.max(2, Math.ceil(word.length / 3)), mostEdits);
  if (word.length > longestWord) return undefined;
  const wanted = word.toLowerCase();
  const cells = longestWord + mostEdits + 1;
  const rows = [new Uint16Array(cells), new Uint16Array(cells)] as const;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bound, rows);
    if (distance === undefined) continue;
    best = candidate;
    bound = distance - 1;
    if (bound < 0) break;
  }
  return best;
}

/** "did you mean x? ..." or, with nothing near, the list of what there is. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `did you mean ${near}?`;
  return candidates.length === 0 ? "remove it" : `it can be one of: ${candidates.slice(0, 24).join(", ")}`;
}

/** Levenshtein's distance, or undefined when it is more than `bound`: only what is near the diagonal is computed. */
function editDistance(
  a: string,
  b: string,
  bound: number,
  rows: readonly [Uint16Array, Uint16Array],
): number | undefined {
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
  let [row, next] = rows;
  for (let j = 0; j <= width; j++) row[j] = Math.min(j, far);
  for (let i = 1; i <= endA - start; i++) {
    const letter = a.charCodeAt(start + i - 1);
    const first = Math.max(1, i - bound);
    const last = Math.min(width, i + bound);
    let left = first === 1 ? Math.min(i, far) : far;
    let least = left;
    next[first - 1] = left;
    for (let j = first; j <= last; j++) {
      let edits = row[j - 1]! + (letter === b.charCodeAt(start + j - 1) ? 0 : 1);
      if (row[j]! < edits) edits = row[j]! + 1;
      if (left < edits) edits = left + 1;
      left = Math.min(edits, far);
      next[j] = left;
      if (left < least) least = left;
    }
    if (last < width) next[last + 1] = far;
    if (least > bound) return undefined;
    [row, next] = [next, row];
  }
  const distance = row[width]!;
  return distance > bound ? undefined : distance;
}
