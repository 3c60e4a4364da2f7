/** Ids of the meadows. */
export const meadowIds = [1, 2, 3, 4] as const;

/** Most fireflies in one meadow. */
export const meadowCapacity = 200;

/** Recharge time of a light after a flash, in ms. */
export const rechargeMs = 1_500;

/** Name of the push group of all players in a meadow. */
export function meadowGroup(meadowId: number): string {
  return `meadow:${meadowId}`;
}
