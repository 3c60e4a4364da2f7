import type { Seat } from "./generated/server/duel/arena.messages.ts";
import { Outcome, Spell } from "./generated/server/duel/cards.messages.ts";

/** What a duelist can take. */
export const fullLife = 12;
/** Cards in the hand at the start; one more is drawn at the start of each turn. */
export const handSize = 3;
/** The deck that every guest is given. */
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
  /** How much damage is kept off before life is taken. */
  readonly guard: number;
  /** The oldest card first. */
  readonly hand: readonly Spell[];
  readonly deck: readonly Spell[];
}

/** A duel between two moves. Moves give a new one, and change nothing of the one before. */
export interface Duel {
  readonly sides: readonly [Side, Side];
  /** Counts from 1. The first side has the odd turns. */
  readonly turn: number;
  /** What was played in the turn before; NONE when its time was over. Undefined in the first turn. */
  readonly last: { readonly playerId: bigint; readonly spell: Spell } | undefined;
}

/** How a duel ended. */
export interface Result {
  readonly outcome: Outcome;
  /** 0n when nobody won. */
  readonly winner: bigint;
}

/** A new duel, in its first turn. Decks are shuffled by numbers from 0 to 1. */
export function deal(first: Seat, second: Seat, random: () => number): Duel {
  const sides: readonly [Side, Side] = [sit(first, random), sit(second, random)];
  return begin({ sides, turn: 1, last: undefined });
}

/** The side whose turn it is. */
export function moverOf({ turn }: Duel): Place {
  return turn % 2 === 1 ? 0 : 1;
}

/** The card at this index of the mover's hand is played, and the turn is over; undefined when there is none. */
export function play(duel: Duel, card: number): Duel | undefined {
  const mover = duel.sides[moverOf(duel)];
  const spell = mover.hand[card];
  return spell === undefined ? undefined : endTurn(duel, card, spell);
}

/** The mover let its turn pass: its oldest card is gone without effect, so that every duel ends. */
export function miss(duel: Duel): Duel {
  return endTurn(duel, 0, Spell.NONE);
}

/** Undefined while it goes on: while both have life, and somebody has a card. */
export function resultOf({ sides: [first, second] }: Duel): Result | undefined {
  const goesOn = first.life > 0 && second.life > 0 && cardsOf(first) + cardsOf(second) > 0;
  if (goesOn) return undefined;
  if (first.life === second.life) return { outcome: Outcome.DRAWN, winner: 0n };
  return { outcome: Outcome.WON, winner: (first.life > second.life ? first : second).playerId };
}

/** Cards in hand and deck. */
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

/** The one whose turn begins draws a card. */
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
