import type { Message } from "../../../schema/model.ts";
import type { SchemaIndex } from "../emit-context.ts";

/** A message on the path of the search, with the messages that its fields hold. */
interface Step {
  readonly name: string;
  readonly inner: readonly string[];
  next: number;
}

/** Finds messages that can contain themselves. Only their nesting needs a limit at run time, which protects the stack. */
export class Recursion {
  readonly #index: SchemaIndex;
  /** Number of the circle of each visited message. Messages that can contain one another have the same number. */
  readonly #circles = new Map<string, number>();

  constructor(index: SchemaIndex) {
    this.#index = index;
  }

  /** Whether a message of type `inner`, held by a field of `outer`, can contain an `outer` again. */
  between(outer: Message, inner: string): boolean {
    if (!this.#circles.has(outer.fullName)) this.#visit(outer.fullName);
    return this.#circles.get(outer.fullName) === this.#circles.get(inner);
  }

  /**
   * Finds strongly connected components (Tarjan, 1972) in time linear in the number of fields. Iterative, because a schema can chain
   * more messages than the stack has room for.
   */
  #visit(start: string): void {
    const order = new Map<string, number>();
    const lowest = new Map<string, number>();
    const open: string[] = [];
    const path: Step[] = [];
    const enter = (name: string): void => {
      order.set(name, order.size);
      lowest.set(name, order.size - 1);
      open.push(name);
      path.push({ name, inner: this.#innerOf(name), next: 0 });
    };
    const lower = (name: string, to: number | undefined): void => {
      if (to !== undefined && to < (lowest.get(name) ?? 0)) lowest.set(name, to);
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { name } = top;
      const inner = top.inner[top.next++];
      if (inner !== undefined) {
        if (this.#circles.has(inner)) continue;
        if (order.has(inner)) lower(name, order.get(inner));
        else enter(inner);
        continue;
      }
      path.pop();
      const outer = path.at(-1);
      if (outer !== undefined) lower(outer.name, lowest.get(name));
      if (lowest.get(name) !== order.get(name)) continue;
      const circle = this.#circles.size;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        this.#circles.set(member, circle);
        if (member === name) break;
      }
    }
  }

  #innerOf(name: string): string[] {
    const { fields } = this.#index.message(name);
    return fields.flatMap(({ type }) => (type.kind === "message" ? [type.name] : []));
  }
}
