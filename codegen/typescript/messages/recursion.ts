import type { Message } from "../../../schema/model.ts";
import type { SchemaIndex } from "../context.ts";

/** Which messages can contain themselves: only those need a limit to how deep they nest. */
export class Recursion {
  readonly #index: SchemaIndex;
  readonly #reached = new Map<string, ReadonlySet<string>>();

  constructor(index: SchemaIndex) {
    this.#index = index;
  }

  /** True when a message of type `inner`, held by a field of `outer`, can hold an `outer` again. */
  between(outer: Message, inner: string): boolean {
    return this.#from(inner).has(outer.fullName);
  }

  /** Every type that a message can hold, itself included. */
  #from(name: string): ReadonlySet<string> {
    const known = this.#reached.get(name);
    if (known) return known;
    const reached = new Set([name]);
    for (const each of reached) {
      for (const { type } of this.#index.message(each).fields)
        if (type.kind === "message") reached.add(type.name);
    }
    this.#reached.set(name, reached);
    return reached;
  }
}
