import type { Seat } from "./generated/server/duel/arena.messages.ts";
import { Outcome, Spell } from "./generated/server/duel/cards.messages.ts";

/** Life of a player at the start, and its upper limit. */
export const fullLife = 12;
/** Cards in the hand at the start; one more is drawn at the start of each turn. */
export const handSize = 3;
/** Deck of every new guest. */
export const starterDeck: readonly Spell[] = [
  ...[Spell.SPARK, Spell.SPARK, Spell.SPARK, Spell.SPARK],
  ...[Spell.FLAME, Spell.FLAME, Spell.SHELL, Spell.SHELL, Spell.DEW, Spell.DEW],
];

/** A place in a duel: the index of its side. */
export type Place = 0 | 1;

export interface Side {
  readonly playerId: bigint;
  readonly name: string;
  readonly life: number;
  /** Damage that is absorbed before life is lost. */
  readonly guard: number;
  /** Cards in the hand, the oldest first. */
  readonly hand: readonly Spell[];
  readonly deck: readonly Spell[];
}

/** State of a duel between two moves. A move returns a new state and leaves the old one unchanged. */
export interface Duel {
  readonly sides: readonly [Side, Side];
  /** Number of the turn, from 1. The first side has the odd turns. */
  readonly turn: number;
  /** Card of the turn before; NONE after a timeout. Undefined in the first turn. */
  readonly last: { readonly playerId: bigint; readonly spell: Spell } | undefined;
}

/** Result of a duel. */
export interface Result {
  readonly outcome: Outcome;
  /** Id of the winner; 0n without one. */
  readonly winner: bigint;
}

/** Creates a duel in its first turn. Decks are shuffled with `random`, which returns numbers from 0 to below 1. */
export function deal(first: Seat, second: Seat, random: () => number): Duel {
  const sides: readonly [Side, Side] = [sit(first, random), sit(second, random)];
  return begin({ sides, turn: 1, last: undefined });
}

/** Returns the place of the side whose turn it is. */
export function moverOf({ turn }: Duel): Place {
  return turn % 2 === 1 ? 0 : 1;
}

/**
 * Plays the card at this index of the mover's hand, and ends the turn. Returns undefined for a card that does not
 * exist.
 */
export function play(duel: Duel, card: number): Duel | undefined {
  const mover = duel.sides[moverOf(duel)];
  const spell = mover.hand[card];
  return spell === undefined ? undefined : endTurn(duel, card, spell);
}

/** Ends a turn without a move: the mover's oldest card is discarded without effect, so that every duel ends. */
export function miss(duel: Duel): Duel {
  return endTurn(duel, 0, Spell.NONE);
}

/** Returns the result of a duel; undefined while both sides have life and a card is left. */
export function resultOf({ sides: [first, second] }: Duel): Result | undefined {
  const goesOn = first.life > 0 && second.life > 0 && cardsOf(first) + cardsOf(second) > 0;
  if (goesOn) return undefined;
  if (first.life === second.life) return { outcome: Outcome.DRAWN, winner: 0n };
  return { outcome: Outcome.WON, winner: (first.life > second.life ? first : second).playerId };
}

/** Counts the cards in hand and deck. */
export function cardsOf({ hand, deck }: Side): number {
  return hand.length + deck.length;
}

function sit({ playerId, name, deck }: Seat, random: () => number): Side {
  const cards = shuffle(deck, random);
  return {
    ...{ playerId, name, life: fullLife, guard: 0 },
    ...{ hand: cards.slice(0, handSize), deck: cards.slice(handSize) },
  };
}

function endTurn(duel: Duel, card: number, spell: Spell): Duel {
  const place = moverOf(duel);
  const mover = duel.sides[place];
  const [own, other] = cast(
    spell,
    { ...mover, hand: mover.hand.filter((_, index) => index !== card) },
    duel.sides[1 - place]!,
  );
  const sides: readonly [Side, Side] = place === 0 ? [own, other] : [other, own];
  return begin({ sides, turn: duel.turn + 1, last: { playerId: mover.playerId, spell } });
}

/** Starts a turn: the mover draws a card. */
function begin(duel: Duel): Duel {
  const place = moverOf(duel);
  const sides = duel.sides.map((side, index) => (index === place ? draw(side) : side));
  return { ...duel, sides: sides as [Side, Side] };
}

function draw(side: Side): Side {
  return { ...side, hand: [...side.hand, ...side.deck.slice(0, 1)], deck: side.deck.slice(1) };
}

function cast(spell: Spell, own: Side, other: Side): [Side, Side] {
  switch (spell) {
    case Spell.SPARK:
      return [own, hit(other, 3)];
    case Spell.FLAME:
      return [own, hit(other, 6)];
    case Spell.SHELL:
      return [{ ...own, guard: own.guard + 4 }, other];
    case Spell.DEW:
      return [{ ...own, life: Math.min(fullLife, own.life + 3) }, other];
    default:
      return [own, other];
  }
}

function hit(side: Side, damage: number): Side {
  const kept = Math.min(side.guard, damage);
  return { ...side, guard: side.guard - kept, life: Math.max(0, side.life - (damage - kept)) };
}

function shuffle(cards: readonly Spell[], random: () => number): Spell[] {
  const rest = [...cards];
  return cards.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}
