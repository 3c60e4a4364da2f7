import type { Player } from "../play/game.ts";
import { element } from "./element.ts";

const storageKey = "photinus.player";

/** The sign-in card. */
export class SignInCard {
  readonly #card = element("sign-in", HTMLElement);
  readonly #name = element("name", HTMLInputElement);
  readonly #hue = element("hue", HTMLInputElement);
  readonly #button = element("enter", HTMLButtonElement);
  readonly #problem = element("sign-in-error", HTMLParagraphElement);

  /** `onSubmit` rejects with the error to show. */
  constructor(onSubmit: (player: Player) => Promise<void>, textOf: (error: unknown) => string) {
    this.#remember();
    this.#hue.addEventListener("input", () => this.#show());
    this.#show();
    this.#card.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit(onSubmit, textOf);
    });
    this.#name.focus();
  }

  set open(open: boolean) {
    this.#card.hidden = !open;
    if (open) this.#name.focus();
  }

  /** Opens the card for a player whose return has failed, with the error. */
  show({ name, hue }: Player, problem: string): void {
    this.#name.value = name;
    this.#hue.value = String(hue);
    this.#show();
    this.open = true;
    this.#problem.textContent = problem;
  }

  async #submit(
    onSubmit: (player: Player) => Promise<void>,
    textOf: (error: unknown) => string,
  ): Promise<void> {
    const player = { name: this.#name.value.trim(), hue: Number(this.#hue.value) };
    this.#problem.textContent = "";
    this.#button.disabled = true;
    try {
      await onSubmit(player);
      localStorage.setItem(storageKey, JSON.stringify(player));
    } catch (error) {
      this.#problem.textContent = textOf(error);
    } finally {
      this.#button.disabled = false;
    }
  }

  #show(): void {
    this.#card.style.setProperty("--hue", this.#hue.value);
  }

  #remember(): void {
    this.#hue.value = String(Math.floor(Math.random() * 360));
    try {
      const known: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "{}");
      if (typeof known !== "object" || known === null) return;
      if ("name" in known && typeof known.name === "string") this.#name.value = known.name;
      if ("hue" in known && typeof known.hue === "number") this.#hue.value = String(known.hue);
    } catch {
      // The stored text is not ours: start without it.
    }
  }
}
