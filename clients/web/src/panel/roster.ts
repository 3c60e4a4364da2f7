import type { World } from "../play/world.ts";
import { element } from "./element.ts";

/** The fireflies of the meadow as a list, for readers that cannot see the canvas: screen readers and tests. */
export class Roster {
  readonly #list = element("players", HTMLUListElement);
  readonly #items = new Map<bigint, HTMLLIElement>();

  update(world: World): void {
    for (const [id, item] of this.#items) {
      if (world.bugs.has(id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    for (const bug of world.bugs.values()) {
      const { dataset } = this.#itemOf(bug.id, bug.name);
      dataset["x"] = bug.shown.x.toFixed(3);
      dataset["y"] = bug.shown.y.toFixed(3);
      dataset["hue"] = String(bug.hue);
      dataset["flashes"] = String(bug.flashes);
      if (bug === world.self) dataset["self"] = "";
    }
  }

  #itemOf(id: bigint, name: string): HTMLLIElement {
    const known = this.#items.get(id);
    if (known) return known;
    const item = document.createElement("li");
    item.dataset["playerId"] = String(id);
    item.dataset["name"] = name;
    item.textContent = name;
    this.#items.set(id, item);
    this.#list.append(item);
    return item;
  }
}
