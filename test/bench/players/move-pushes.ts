/** Ids of the pushes of a move in scene.proto, by the milliseconds for which a gate gathers them. */
export const movePushes = { 0: 61, 20: 63, 50: 64, 100: 65 } as const;

/** How long our side can gather moves. */
export type PushTick = keyof typeof movePushes;

export function isPushTick(tickMs: number): tickMs is PushTick {
  return tickMs in movePushes;
}
