/**
 * Classes of a change:
 *
 * - `S`: safe
 * - `S!`: safe on the wire, but a person must acknowledge it
 * - `C`: needs clients of at least some release
 * - `R`: needs an order of roll-out
 * - `M`: needs a migration of data
 * - `B`: breaks
 */
export type ChangeClass = "S" | "S!" | "C" | "R" | "M" | "B";

/** All classes, from the least to the most severe. */
export const changeClasses: readonly ChangeClass[] = ["S", "S!", "C", "R", "M", "B"];

/** A rule of the gate. A change that it finds has the rule's classes, unless the place of use decides them. */
export interface Rule {
  /** Number in the list of the game's own rules (docs/EVOLUTION.md); absent for other rules. */
  readonly number?: number;
  /** Usual classes. The finder of a change gives its own ones where the use of a declaration decides. */
  readonly classes: readonly ChangeClass[];
  /** Description of the changes that the rule finds. */
  readonly title: string;
  /** Safe way to the same goal. */
  readonly remedy: string;
  /** Rules of `buf breaking` in its categories WIRE and WIRE_JSON that find the change, or a part of its cases. */
  readonly buf?: readonly string[];
}
