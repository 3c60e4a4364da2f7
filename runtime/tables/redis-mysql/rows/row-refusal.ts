/** What the scripts that change rows answer in place of a version. */
export const refusal = Object.freeze({
  /** The row is not in the cache; it must be read from MySQL first. */
  miss: -1,
  notFound: -2,
  /** The version is not the expected one. */
  moved: -3,
  exists: -4,
  range: -5,
  backlog: -6,
  noNumber: -7,
  /** The cached row lacks a field that is needed. */
  incomplete: -8,
  /** A unique value may be another row's, or may be taken just now. */
  taken: -9,
  /** No range of numbers is granted, or it is used up; or the next number is a row's already. */
  noRange: -10,
});
