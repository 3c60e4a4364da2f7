/** Messages of the bare servers: a kind, then the scene's number, or a place, or a line. */
export const bareKind = { enter: 0, move: 1, line: 2 } as const;

/** Bytes of a place, as our side has them. */
export const placeBytes = 30;
