/** Limit of first versions: far below 2^53, with few enough digits for Lua in Redis to format exactly. */
const mostFirst = 2 ** 31;

/**
 * Version of a new row whose key an earlier row may have had. Random, so that a caller with the earlier row's version does
 * not mistake the new row for the earlier one. At least 2.
 */
export function firstVersion(): number {
  return 2 + Math.floor(Math.random() * mostFirst);
}
