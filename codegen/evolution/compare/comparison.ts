import type { EnumModel, MessageModel, ProtocolModel } from "../model/protocol-model.ts";
import { ChangeList } from "./change.ts";
import { type Way, waysOf } from "./reach.ts";

/** Two snapshots and what is known of both: matched types, the ways of types, and the changes that were found so far. */
export class Comparison {
  readonly before: ProtocolModel;
  readonly after: ProtocolModel;
  readonly changes: ChangeList;
  readonly messagesBefore: ReadonlyMap<string, MessageModel>;
  readonly messagesAfter: ReadonlyMap<string, MessageModel>;
  readonly enumsBefore: ReadonlyMap<string, EnumModel>;
  readonly enumsAfter: ReadonlyMap<string, EnumModel>;
  readonly #renamedTypes = new Map<string, string>();
  readonly #waysBefore: ReadonlyMap<string, ReadonlySet<Way>>;
  readonly #waysAfter: ReadonlyMap<string, ReadonlySet<Way>>;

  constructor(before: ProtocolModel, after: ProtocolModel) {
    this.before = before;
    this.after = after;
    this.changes = new ChangeList([...before.services, ...before.calls, ...before.messages, ...before.enums]);
    this.messagesBefore = byName(before.messages);
    this.messagesAfter = byName(after.messages);
    this.enumsBefore = byName(before.enums);
    this.enumsAfter = byName(after.enums);
    this.#waysBefore = waysOf(before);
    this.#waysAfter = waysOf(after);
  }

  /** Ways of a type in either snapshot. */
  ways(before: string, after: string = before): ReadonlySet<Way> {
    return new Set([...(this.#waysBefore.get(before) ?? []), ...(this.#waysAfter.get(after) ?? [])]);
  }

  /** Ways of a type that both snapshots have. */
  waysBefore(name: string): ReadonlySet<Way> {
    return this.#waysBefore.get(name) ?? new Set();
  }

  /** Types of the former snapshot that have another name in the new one. */
  get renamedTypes(): ReadonlyMap<string, string> {
    return this.#renamedTypes;
  }

  /** Present name of a type of the former snapshot. */
  nameAfter(before: string): string {
    return this.#renamedTypes.get(before) ?? before;
  }

  /**
   * Whether a type that stands where another one stood is alike: of the same name, or with the same form on the wire. Another
   * name is remembered: the former type, when it is gone, then counts as renamed.
   */
  isAlike(before: string, after: string): boolean {
    if (before === after) return true;
    if (this.#renamedTypes.get(before) === after) return true;
    if (!this.#isSameForm(before, after, new Set())) return false;
    this.rename(before, after);
    // The fields of a renamed type are compared one by one; those of a type beside it are not, so that all must be equal.
    return this.#renamedTypes.get(before) === after || this.#isSameForm(before, after, new Set(), true);
  }

  /** Records that a type was renamed, if its former name is gone and the present one is new. */
  rename(before: string, after: string): void {
    const isGone = !this.messagesAfter.has(before) && !this.enumsAfter.has(before);
    const isNew = !this.messagesBefore.has(after) && !this.enumsBefore.has(after);
    if (isGone && isNew && !this.#renamedTypes.has(before)) this.#renamedTypes.set(before, after);
  }

  #isSameForm(before: string, after: string, above: Set<string>, isStrict = false): boolean {
    const key = `${before} ${after}`;
    // A pair inside itself is alike unless another part differs.
    if (before === after || above.has(key)) return true;
    above.add(key);
    const enumBefore = this.enumsBefore.get(before);
    const enumAfter = this.enumsAfter.get(after);
    if (enumBefore !== undefined && enumAfter !== undefined) return isSameEnum(enumBefore, enumAfter);
    const one = this.messagesBefore.get(before);
    const other = this.messagesAfter.get(after);
    if (one === undefined || other === undefined || one.fields.length !== other.fields.length) return false;
    return one.fields.every((field, i) => {
      const twin = other.fields[i];
      return (
        twin !== undefined &&
        field.number === twin.number &&
        field.name === twin.name &&
        field.label === twin.label &&
        field.mapKey === twin.mapKey &&
        field.oneof === twin.oneof &&
        (!isStrict ||
          (field.jsNumber === twin.jsNumber && field.data === twin.data && field.json === twin.json)) &&
        this.#isSameForm(field.type, twin.type, above, isStrict)
      );
    });
  }
}

function isSameEnum(before: EnumModel, after: EnumModel): boolean {
  const textOf = ({ values }: EnumModel) => JSON.stringify(values.map(({ name, number }) => [number, name]));
  return textOf(before) === textOf(after);
}

function byName<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((one) => [one.name, one]));
}
