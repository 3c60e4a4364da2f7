import type { ChatLine } from "../play/game.ts";
import { element } from "./element.ts";

const keptLines = 60;
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** The chat: its lines and its input field. Text is set as text, never as markup. */
export class ChatPanel {
  readonly #lines = element("lines", HTMLOListElement);
  readonly #field = element("saying", HTMLInputElement);

  /** `onSay` resolves with true when the server has accepted the line. */
  constructor(onSay: (text: string) => Promise<boolean>) {
    element("say", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#field.value;
      void onSay(text).then((said) => {
        if (said && this.#field.value === text) this.#field.value = "";
      });
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") element("meadow", HTMLCanvasElement).focus();
    });
  }

  add(line: ChatLine): void {
    const item = document.createElement("li");
    item.dataset["line"] = "";
    item.dataset["from"] = line.hue === undefined ? "meadow" : line.name;
    if (line.own) item.dataset["own"] = "";
    if (line.hue !== undefined) item.style.setProperty("--hue", String(line.hue));
    const who = document.createElement("b");
    who.textContent = line.hue === undefined ? "" : line.name;
    const text = document.createElement("span");
    text.dataset["text"] = "";
    text.textContent = line.text;
    const when = document.createElement("time");
    when.dateTime = new Date(line.saidAtMs).toISOString();
    when.textContent = time.format(line.saidAtMs);
    item.append(who, text, when);
    this.#lines.append(item);
    while (this.#lines.childElementCount > keptLines) this.#lines.firstElementChild?.remove();
    this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  clear(): void {
    this.#lines.replaceChildren();
  }
}
