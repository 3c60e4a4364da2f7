/** Far from 2^53, and few enough digits for Redis' Lua to write them all. */
const mostFirst = 2 ** 31;

/**
 * The version of a new row whose key another row may have had before: a random one, so that who still has that row in hand
 * does not take the new one for it. At least 2.
 */
export function firstVersion(): number {
  return 2 + Math.floor(Math.random() * mostFirst);
}
