/** The meadows of this game. */
export const meadowIds = [1, 2, 3, 4] as const;

/** Fireflies that fit into one meadow. */
export const meadowCapacity = 200;

/** How long a light recharges after a flash, in milliseconds. */
export const rechargeMs = 1_500;

/** The push group of everybody in a meadow. */
export function meadowGroup(meadowId: number): string {
  return `meadow:${meadowId}`;
}
