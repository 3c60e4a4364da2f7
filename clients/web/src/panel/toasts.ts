import { element } from "./element.ts";

const shownMs = 3_600;
const mostToasts = 3;

/** Short messages that disappear by themselves. */
export class Toasts {
  readonly #box = element("toasts", HTMLElement);

  show(text: string): void {
    // A message that is shown already is not shown twice, but stays longer.
    for (const toast of this.#box.children) if (toast.textContent === text) toast.remove();
    while (this.#box.childElementCount >= mostToasts) this.#box.firstElementChild?.remove();
    const toast = document.createElement("p");
    toast.dataset["toast"] = "";
    toast.textContent = text;
    this.#box.append(toast);
    setTimeout(() => toast.remove(), shownMs);
  }
}
