import type { Player } from "./game.ts";

/** Key in the session storage, which each tab has for itself, as the token: a second tab is a second player. */
const storageKey = "meadow player";

/** The player of this tab, and its meadow. */
export interface Remembered extends Player {
  readonly meadowId: number;
}

/** Stores the player and its meadow, so that a reload can return there. */
export function remember({ name, hue }: Player, meadowId: number): void {
  sessionStorage.setItem(storageKey, JSON.stringify({ name, hue, meadowId }));
}

/** Deletes the stored player, so that a reload shows the card. */
export function forget(): void {
  sessionStorage.removeItem(storageKey);
}

/**
 * Returns the player that this tab had before a reload. A copied tab has the same storage, and must not take the player
 * away from the first one; so only a reload counts.
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
    // The stored text is not ours.
    return undefined;
  }
}
