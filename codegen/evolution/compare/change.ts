import { compareText } from "../../load/diagnostic.ts";
import type { DeclarationModel } from "../model/protocol-model.ts";
import { type ChangeClass, changeClasses, type Rule } from "../rules/rule.ts";
import { type RuleName, rules } from "../rules/rules.ts";

/**
 * Parties that a change may hurt: a client of the former release at new servers, a client of the new release at old servers, a
 * node of the former release beside new ones, rows that are stored, or an SDK of another language (its JSON, its names).
 */
export type Hurt = "old client" | "new client" | "old node" | "stored rows" | "other SDK";

const hurtOrder: readonly Hurt[] = ["old client", "new client", "old node", "stored rows", "other SDK"];

/** Place of a change in a schema file. The file is "" for a change without a place; the line is then 0. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** True for the place of a declaration in the former schema, where the new one may have any other. */
  readonly isFormer?: true;
}

/** One change between two snapshots, with its classes. */
export interface Change {
  readonly rule: RuleName;
  /** Number of the rule in docs/EVOLUTION.md; absent for rules without one. */
  readonly number?: number;
  /** All classes of the change, the least severe first. */
  readonly classes: readonly ChangeClass[];
  /** Full name of what changed: "meadow.Meadow.Enter", "meadow.Player.gold". */
  readonly subject: string;
  /** Place in the new schema; of something that is gone, the place of the declaration around it, or its former place. */
  readonly place: Place;
  /** Former and present state, without a full stop. */
  readonly reason: string;
  readonly hurts: readonly Hurt[];
  /** Safe way to the same goal. */
  readonly remedy: string;
}

/** Details of a change for {@link ChangeList.add}. */
export interface Found {
  readonly subject: string;
  /** Declarations whose places count, the best one first; the first one with a place is used. */
  readonly at: readonly (Pick<DeclarationModel, "at"> | undefined)[];
  readonly reason: string;
  readonly hurts: Iterable<Hurt>;
  /** Default: the classes of the rule. */
  readonly classes?: Iterable<ChangeClass>;
  /** Default: the remedy of the rule. */
  readonly remedy?: string;
}

/** Collects changes. */
export class ChangeList {
  readonly #found: Change[] = [];
  readonly #former: ReadonlySet<unknown>;

  /** @param former declarations of the former snapshot */
  constructor(former: Iterable<DeclarationModel>) {
    this.#former = new Set<unknown>(former);
  }

  /** Adds a change that a rule has found. */
  add(rule: RuleName, { subject, at, reason, hurts, classes, remedy }: Found): void {
    const own: Rule = rules[rule];
    const told = new Set(classes ?? own.classes);
    const hurt = new Set(hurts);
    const declaration = at.find((one) => one?.at !== undefined);
    this.#found.push({
      rule,
      ...(own.number === undefined ? {} : { number: own.number }),
      classes: changeClasses.filter((one) => told.has(one)),
      subject,
      place: { ...placeOf(declaration?.at), ...(this.#former.has(declaration) ? { isFormer: true } : {}) },
      reason,
      hurts: hurtOrder.filter((one) => hurt.has(one)),
      remedy: remedy ?? own.remedy,
    });
  }

  /** All changes by file, line, subject and rule. */
  sorted(): Change[] {
    return [...this.#found].sort(
      (a, b) =>
        compareText(a.place.file, b.place.file) ||
        a.place.line - b.place.line ||
        compareText(a.subject, b.subject) ||
        compareText(a.rule, b.rule),
    );
  }
}

/** Most severe class of a change. */
export function worstOf({ classes }: Pick<Change, "classes">): ChangeClass {
  return classes.at(-1) ?? "S";
}

/** Parses a place of a snapshot, "meadow/chat.proto:12". */
function placeOf(at: string | undefined): Place {
  const colon = at?.lastIndexOf(":") ?? -1;
  if (at === undefined || colon < 0) return { file: "", line: 0 };
  return { file: at.slice(0, colon), line: Number(at.slice(colon + 1)) };
}
