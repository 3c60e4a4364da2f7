import type { Player } from "./game.ts";

/** Of the tab, as the token is: a second tab is a second player. */
const storageKey = "meadow player";

/** The player of this tab, and the meadow that it is in. */
export interface Remembered extends Player {
  readonly meadowId: number;
}

/** Notes who is in a meadow, so that a reload finds back. */
export function remember({ name, hue }: Player, meadowId: number): void {
  sessionStorage.setItem(storageKey, JSON.stringify({ name, hue, meadowId }));
}

/** Nobody comes back by a reload from now on. */
export function forget(): void {
  sessionStorage.removeItem(storageKey);
}

/**
 * The player to come back without being asked: the one that was in a meadow when this page was loaded again. A tab that was copied has the
 * same notes, and must not take the player away from the first.
 */
export function returning(): Remembered | undefined {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type !== "reload") return undefined;
  try {
    const known: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? "null");
    if (typeof known !== "object" || known === null) return undefined;
    const { name, hue, meadowId } = known as Record<string, unknown>;
    if (typeof name !== "string" || typeof hue !== "number" || typeof meadowId !== "number") return undefined;
    return { name, hue, meadowId };
  } catch {
    // What is stored is not ours.
    return undefined;
  }
}
