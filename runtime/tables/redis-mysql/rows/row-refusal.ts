/** Negative answers of the scripts that change rows; a positive answer is the new version. */
export const refusal = Object.freeze({
  /** The row is not cached; it must be read from MySQL first. */
  miss: -1,
  notFound: -2,
  /** The version is not the expected version. */
  moved: -3,
  exists: -4,
  range: -5,
  backlog: -6,
  noNumber: -7,
  /** The cached row lacks a field that the script needs. */
  incomplete: -8,
  /** Another row may have a unique value, or is taking it. */
  taken: -9,
  /** No range of numbers is granted, the range is used up, or a row has the next number already. */
  noRange: -10,
});
