import { lookOf, meadowName } from "../meadows.ts";
import { element } from "./element.ts";

/** The bar at the top: connection, round-trip time, number of players, and the meadows to choose from. */
export class StatusBar {
  readonly #state = element("state", HTMLElement);
  readonly #roundTrip = element("round-trip", HTMLElement);
  readonly #here = element("here", HTMLElement);
  readonly #crowd = element("crowd", HTMLElement);
  readonly #crowdPart = element("crowd-part", HTMLElement);
  readonly #node = element("node", HTMLElement);
  readonly #meadows = element("meadows", HTMLElement);
  readonly #banner = element("banner", HTMLElement);
  readonly #bannerText = element("banner-text", HTMLElement);
  readonly #bannerReason = element("banner-reason", HTMLElement);
  readonly #retry = element("banner-retry", HTMLButtonElement);
  readonly #onMeadow: (meadowId: number) => void;

  constructor(onMeadow: (meadowId: number) => void, onRetry: () => void) {
    this.#onMeadow = onMeadow;
    this.#retry.addEventListener("click", onRetry);
  }

  /** Shows the state of the connection: one word in the bar, `text` and `reason` in the banner. */
  connection(state: string, text: string, reason: string, canRetry: boolean): void {
    document.body.dataset["state"] = state;
    this.#state.textContent = words[state] ?? state;
    const calm = state === "open" || state === "connecting";
    this.#banner.hidden = calm;
    this.#bannerText.textContent = calm ? "" : text;
    this.#bannerReason.textContent = calm ? "" : reason;
    this.#retry.hidden = !canRetry;
  }

  facts(roundTripMs: number, here: number): void {
    this.#roundTrip.textContent = roundTripMs < 10 ? roundTripMs.toFixed(1) : roundTripMs.toFixed(0);
    this.#here.textContent = String(here);
  }

  crowd(players: number): void {
    this.#crowd.textContent = String(players);
    this.#crowdPart.hidden = false;
  }

  meadow(current: number, all: readonly number[], node: string): void {
    this.#node.textContent = node;
    document.body.dataset["meadow"] = String(current);
    document.body.dataset["node"] = node;
    const buttons = all.map((id) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset["meadowId"] = String(id);
      button.textContent = meadowName(id);
      button.setAttribute("aria-pressed", String(id === current));
      button.style.setProperty("--tint", lookOf(id).sky[3]);
      button.addEventListener("click", () => {
        if (id !== current) this.#onMeadow(id);
      });
      return button;
    });
    const focused = this.#meadows.contains(document.activeElement);
    this.#meadows.replaceChildren(...buttons);
    if (focused) buttons.find((button) => button.ariaPressed === "true")?.focus();
  }
}

const words: Readonly<Record<string, string>> = {
  connecting: "Connecting",
  open: "Connected",
  reconnecting: "Reconnecting",
  closed: "Disconnected",
};
