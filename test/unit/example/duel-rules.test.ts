import { expect, test } from "vitest";
import type { Seat } from "../../../examples/duel/generated/server/duel/arena.messages.ts";
import { Outcome, Spell } from "../../../examples/duel/generated/server/duel/cards.messages.ts";
import {
  cardsOf,
  type Duel,
  deal,
  fullLife,
  handSize,
  miss,
  moverOf,
  play,
  resultOf,
  starterDeck,
} from "../../../examples/duel/rules.ts";
import fc from "../../setup/random.ts";

const { SPARK, FLAME, SHELL, DEW, NONE } = Spell;

function seat(playerId: bigint, deck: readonly Spell[] = starterDeck): Seat {
  return { playerId, name: `player ${playerId}`, deck: [...deck] };
}

/** Decks are not shuffled: the first card of a deck is drawn first. */
function dealt(first: readonly Spell[], second: readonly Spell[]): Duel {
  return deal(seat(1n, first), seat(2n, second), () => 0);
}

/** Plays these spells in turn; each has to be in the mover's hand. */
function after(duel: Duel, ...spells: readonly Spell[]): Duel {
  return spells.reduce((now, spell) => {
    const next = play(now, now.sides[moverOf(now)].hand.indexOf(spell));
    if (next === undefined) throw new Error(`turn ${now.turn}: the hand has no ${spell}`);
    return next;
  }, duel);
}

const lives = ({ sides: [first, second] }: Duel) => [first.life, second.life];

test("a duel begins with full lives, hands as large as they should be, and a card drawn by the first", () => {
  const duel = deal(seat(1n), seat(2n), Math.random);
  expect(lives(duel)).toEqual([fullLife, fullLife]);
  expect(duel.sides.map(({ hand }) => hand.length)).toEqual([handSize + 1, handSize]);
  for (const { hand, deck } of duel.sides) expect([...hand, ...deck].sort()).toEqual([...starterDeck].sort());
  expect([duel.turn, moverOf(duel), duel.last, resultOf(duel)]).toEqual([1, 0, undefined, undefined]);
});

test("each spell does what the schema says of it", () => {
  const deck = [SPARK, FLAME, SHELL, DEW, DEW];
  const start = dealt(deck, deck);
  expect(lives(after(start, SPARK))).toEqual([12, 9]);
  expect(lives(after(start, FLAME))).toEqual([12, 6]);
  expect(lives(after(start, SHELL, SPARK))).toEqual([12, 12]);
  // What is left of a guard stays.
  expect(after(start, SHELL, SPARK).sides[0].guard).toBe(1);
  expect(lives(after(start, SHELL, FLAME))).toEqual([10, 12]);
  expect(lives(after(start, FLAME, DEW))).toEqual([12, 9]);
  expect(lives(after(start, DEW))).toEqual([12, 12]);
});

test("turns alternate, and the one whose turn begins draws", () => {
  const start = dealt(starterDeck, starterDeck);
  const next = after(start, SPARK);
  expect([next.turn, moverOf(next), next.last]).toEqual([2, 1, { playerId: 1n, spell: SPARK }]);
  expect(next.sides.map(({ hand }) => hand.length)).toEqual([handSize, handSize + 1]);
});

test("a card that the hand does not have cannot be played", () => {
  const start = dealt(starterDeck, starterDeck);
  for (const card of [-1, handSize + 1, 0.5, Number.NaN]) expect(play(start, card)).toBe(undefined);
});

test("a turn that passes costs the oldest card and does nothing", () => {
  const start = dealt([FLAME, SPARK, SPARK, SPARK], starterDeck);
  const next = miss(start);
  expect(next.last).toEqual({ playerId: 1n, spell: NONE });
  expect(lives(next)).toEqual([12, 12]);
  expect(next.sides[0].hand).toEqual([SPARK, SPARK, SPARK]);
});

test("who takes the other's last life wins", () => {
  const duel = after(dealt([FLAME, FLAME], [DEW, SPARK]), FLAME, SPARK, FLAME);
  expect(lives(duel)).toEqual([9, 0]);
  expect(resultOf(duel)).toEqual({ outcome: Outcome.WON, winner: 1n });
});

test("without cards the one with more life wins, and nobody when lives are equal", () => {
  expect(resultOf(after(dealt([SPARK], [DEW]), SPARK, DEW))).toEqual({ outcome: Outcome.DRAWN, winner: 0n });
  expect(resultOf(after(dealt([DEW], [SPARK]), DEW, SPARK))).toEqual({ outcome: Outcome.WON, winner: 2n });
});

test("every duel ends within as many turns as there are cards, whatever is played", () => {
  const choice = fc.option(fc.nat({ max: handSize }));
  const most = starterDeck.length * 2;
  fc.assert(
    fc.property(fc.array(choice, { minLength: most, maxLength: most }), fc.nat(), (choices, seed) => {
      let duel = deal(seat(1n), seat(2n), () => (seed % 97) / 97);
      for (const card of choices) {
        if (resultOf(duel) !== undefined) return;
        const before = duel.sides.map(cardsOf);
        duel = (card === null ? undefined : play(duel, card)) ?? miss(duel);
        expect(duel.sides.map(cardsOf).reduce((a, b) => a + b)).toBe(before.reduce((a, b) => a + b) - 1);
        for (const life of lives(duel)) expect(life >= 0 && life <= fullLife).toBe(true);
      }
      expect(resultOf(duel)).toBeDefined();
    }),
  );
});

test("moves leave the duel before them as it was", () => {
  const start = dealt(starterDeck, starterDeck);
  const before = structuredClone(start);
  miss(start);
  after(start, SPARK);
  expect(start).toEqual(before);
});
