// Written by photinus codegen from duel/cards.proto; do not edit.
// The cards, and what the game keeps.

export const Spell = {
  NONE: 0,
  /** Takes 3 of the other's life. */
  SPARK: 1,
  /** Takes 6. */
  FLAME: 2,
  /** Keeps the next 4 off. */
  SHELL: 3,
  /** Gives back 3 of one's own. */
  DEW: 4,
} as const;

export type Spell = (typeof Spell)[keyof typeof Spell];

/** The end of a duel. */
export const Outcome = {
  OPEN: 0,
  WON: 1,
  DRAWN: 2,
  /** Its arena was lost: nobody wins. */
  VOID: 3,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];
