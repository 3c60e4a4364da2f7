import { element } from "./element.ts";

/**
 * The round buttons. They are never disabled while their command could be sent: the server decides, and replies with an
 * error.
 */
export class Actions {
  readonly #flash = element("flash", HTMLButtonElement);
  readonly #forecast = element("forecast", HTMLButtonElement);
  #ring: Animation | undefined;

  constructor(onFlash: () => void, onForecast: () => Promise<void>) {
    this.#flash.addEventListener("click", onFlash);
    this.#forecast.addEventListener("click", () => {
      this.#forecast.dataset["busy"] = "";
      void onForecast().finally(() => delete this.#forecast.dataset["busy"]);
    });
  }

  /** Animates the recharge of the light. */
  recharge(ms: number): void {
    this.#ring?.cancel();
    this.#flash.dataset["recharging"] = "";
    this.#ring = this.#flash.animate([{ "--charge": "0%" }, { "--charge": "100%" }], { duration: ms });
    this.#ring.onfinish = () => delete this.#flash.dataset["recharging"];
  }
}
